import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Correlation, currentCorrelation } from '../../events/correlation.ts';
import type { EventEnvelope, HandledEvent, RecordedEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import { type Sample, sampleEvent } from '../../ports/contracts/sample-events.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { catalogPersonalWords } from './catalog-personal-words.ts';
import type { Consumer, HandlerContext, Handlers, Log } from './consumer.ts';
import { createHandling } from './handling.ts';
import { createTracer } from './tracer.ts';

const personal = catalogPersonalWords();
const logger: Log = { debug() {}, info() {}, warn() {}, error() {} };

const handlingOf = (consumers: Record<string, Handlers>) =>
  createHandling({
    consumers: Object.entries(consumers).map(([name, on]): Consumer => ({ name, on })),
    tracer: createTracer(logger, personal),
    logger,
    upcasters: catalogUpcasters(),
    personal,
  });

function recorded(sample: Sample, changes: Partial<EventEnvelope> = {}): RecordedEvent {
  return Object.assign(sampleEvent(sample, changes), { position: 7, recordedtime: '2016-02-22T07:02:00.000Z' });
}

describe('the handling of an event', () => {
  test('passes it to each consumer of its type, one after the other', async () => {
    const calls: string[] = [];
    const note = (name: string) => async () => {
      calls.push(`${name} begins`);
      await nextTurn();
      calls.push(`${name} ends`);
    };
    const handling = handlingOf({
      a: { 'user-left': note('a') },
      b: { 'yubl-posted': note('b'), 'user-left': note('b') },
      c: { 'yubl-posted': note('c') },
    });
    expect(handling.types).toEqual(['user-left', 'yubl-posted']);
    await handling.handle(recorded({ type: 'user-left' }), true);
    await handling.handle(recorded({ type: 'followed' }), true);
    expect(calls).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('happens in the correlation of the event, also behind an await and beside other events', async () => {
    const met: Record<string, Correlation[]> = {};
    const meet = async ({ id }: HandledEvent) => {
      const here = (met[id] = [currentCorrelation()]);
      await nextTurn();
      here.push(currentCorrelation());
      await new Promise((resolve) => setTimeout(resolve, 1));
      here.push(currentCorrelation());
    };
    const handling = handlingOf({ a: { 'yubl-posted': meet } });
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const plain = recorded({}, { id: 'plain' });
    const named = recorded({}, { id: 'named', correlationid: 'flow', traceparent, baggage: 'a=b', causationid: 'x' });
    await Promise.all([plain, named].map((event) => handling.handle(event, false)));
    const ofPlain = { correlationid: 'plain', causationid: 'plain' };
    const ofNamed = { correlationid: 'flow', causationid: 'named', traceparent, baggage: 'a=b' };
    expect(met).toEqual({ plain: [ofPlain, ofPlain, ofPlain], named: [ofNamed, ofNamed, ofNamed] });
    expect(currentCorrelation()).toEqual({});
  });

  test('has a separate context for each event, also for concurrent ones', async () => {
    const lines: [unknown, string][] = [];
    const note: Log = { ...logger, info: (details, message) => void lines.push([details['said'], message]) };
    const said = async ({ data }: HandledEvent<'yubl-posted'>, { log, replay }: HandlerContext) => {
      await nextTurn();
      log.info({ said: `${data.text} of ${replay ? 'the past' : 'now'}` }, data.text);
    };
    const handling = createHandling({
      consumers: [{ name: 'a', on: { 'yubl-posted': said } }],
      tracer: createTracer(note, personal),
      logger: note,
      upcasters: catalogUpcasters(),
      personal,
      replay: { id: 'r', active: ({ position }) => position === 1 },
    });
    const events = [1, 2].map((position) => ({ ...recorded({ variant: position }), position }));
    await Promise.all(events.map((event) => handling.handle(event, false)));
    // If one event were redacted by the other's texts, its own text would be visible.
    expect(lines).toEqual([
      ['[redacted] of the past', '[redacted]'],
      ['[redacted] of now', '[redacted]'],
    ]);
  });

  test('says which consumer failed at which event, and goes no further', async () => {
    const cause = new Error('it fails');
    let reached = false;
    const failAtOnce = () => {
      throw cause;
    };
    for (const fail of [failAtOnce, () => Promise.reject(cause)]) {
      const handling = handlingOf({
        a: { 'yubl-posted': fail },
        b: { 'yubl-posted': () => void (reached = true) },
      });
      const event = recorded({});
      await expect(handling.handle(event, true)).rejects.toMatchObject({ event, consumer: 'a', cause });
    }
    expect(reached).toBe(false);
  });

  test('lets a failure of the storage pass as it is', async () => {
    const full = new FigtreeError('STORAGE_FULL', 'no room');
    const handling = handlingOf({ a: { 'yubl-posted': () => Promise.reject(full) } });
    await expect(handling.handle(recorded({}), true)).rejects.toBe(full);
  });
});
