import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';
import { catalog } from '../../events/catalog.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { Consumer } from './consumer.ts';
import { createHandling } from './handling.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { catalogPersonalWords } from './catalog-personal-words.ts';
import { createTracer } from './tracer.ts';

const personal = catalogPersonalWords();
const upcasters = catalogUpcasters();
const [data] = catalog['user-joined'].examples;
const joined = { ...sampleEvent({ type: 'user-joined' }), data } as RecordedEvent;

describe('what is said about an event', () => {
  test.each([
    [{ greeted: 'ada_l' }, { greeted: '[redacted]' }],
    [{ welcome: 'Welcome, Ada Lovelace!' }, { welcome: 'Welcome, [redacted] [redacted]!' }],
    [
      { deep: [{ of: 'Ada' }], count: 3 },
      { deep: [{ of: '[redacted]' }], count: 3 },
    ],
  ])('%j is noted as %j', (note, expected) => expect(personal.outOfNote(note, joined)).toEqual(expected));

  test.each([{ followers: 3, batches: 1 }, { pulled: true }, { id: 'ada_l2/Adam' }, {}])(
    '%j stays as it is',
    (note) => {
      expect(personal.outOfNote(note, joined)).toEqual(note);
    },
  );

  test('has its ids whole, where a name begins one', () => {
    const event = { ...joined, data: { ...data, userName: 'ada' } } as RecordedEvent;
    expect(personal.outOfText('ada000000000000000000000 is ada, not adam', event)).toBe(
      'ada000000000000000000000 is [redacted], not adam',
    );
  });

  test('is an error with its name and stack', () => {
    const error = new TypeError('no index for Lovelace');
    const clean = personal.outOfError(error, joined) as Error;
    expect(clean).toMatchObject({ name: 'TypeError', message: 'no index for [redacted]' });
    expect(clean.stack).toContain('personal-words.test.ts');
    expect(clean.stack).not.toContain('Lovelace');
    const other = new Error('disk');
    expect(personal.outOfError(other, joined)).toBe(other);
  });
});

describe('a consumer', () => {
  let bench: ProcessorBench;
  beforeEach(() => void (bench = openProcessorBench()));
  afterEach(() => bench.close());

  const named = (text: string, changes: Partial<EventEnvelope> = {}) => {
    const event = sampleEvent({}, changes);
    return { ...event, data: { ...event.data, text } } as EventEnvelope;
  };

  test('that notes, logs or throws a text leaves it neither in a line nor in a trace nor with what is parked', async () => {
    const secret = 'my secret words';
    const [noted, thrown] = [named(secret, { correlationid: 'flow' }), named('another secret')];
    await bench.append(noted, thrown);
    const handle = on(({ data: said, id }) => {
      const text = 'text' in said ? said.text : '';
      if (id === thrown.id) throw new Error(`cannot index "${text}"`);
      return { indexed: text, words: [`about ${text}`] };
    });
    bench.start({ a: handle }, { attemptsMax: 1 });
    await bench.caughtUp();
    await expect.poll(() => bench.parked()).toMatchObject([{ error: 'Error: cannot index "[redacted]"' }]);
    expect(bench.stepsOf('flow')).toMatchObject([{ note: { indexed: '[redacted]', words: ['about [redacted]'] } }]);
    expect(bench.lines.map(({ message }) => message)).toContain('handled');
    expect(JSON.stringify(bench.lines)).not.toContain('secret');
  });

  test('may log while it handles, and says nothing personal by that', async () => {
    const lines: unknown[] = [];
    const write = (...line: unknown[]) => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const greet: Consumer = {
      name: 'greet',
      on: {
        'user-joined': (event, { log }) => {
          log.info({ who: event.data.userName, id: event.data.userId }, `Welcome, ${event.data.firstName}`);
        },
      },
    };
    await createHandling({
      consumers: [greet],
      tracer: createTracer(logger, personal),
      logger,
      upcasters,
      personal,
    }).handle(joined, false);
    expect(lines).toEqual([[{ who: '[redacted]', id: data?.userId }, 'Welcome, [redacted]']]);
  });
});
