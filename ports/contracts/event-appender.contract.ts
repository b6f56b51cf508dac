import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { EventAppender } from '../event-appender.ts';
import { idOf, sampleEvent } from './sample-events.ts';

export interface EventAppenderUnderTest {
  readonly appender: EventAppender;
  /** Everything that was appended; the events of a partition key in the order in which they are read. */
  read(): Promise<EventEnvelope[]>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

export interface EventAppenderCapabilities {
  /** A log has positions and recognises duplicates. A stream does neither: an event appended twice is in it twice. */
  readonly positions: boolean;
  /** The size in bytes, as JSON, up to which every event is accepted; undefined if there is no limit. */
  readonly eventBytesMax: number | undefined;
  /** Number of random histories. */
  readonly runs?: number;
}

/** The behaviour of everything that makes events durable. `open` returns an empty one. */
export function eventAppenderContract(
  open: () => Promise<EventAppenderUnderTest>,
  capabilities: EventAppenderCapabilities,
): void {
  describe('an event appender', () => {
    let subject: EventAppenderUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());
    const current = () => subject;
    outcomes(current, capabilities);
    sizes(current, capabilities);

    test('keeps the events of a key in order, whichever calls they come with and however many wait', async () => {
      const calls = Array.from({ length: 60 }, (_, call) =>
        Array.from({ length: 1 + (call % 7) }, (_, index) => sampleEvent({ key: (call * index) % 5 })),
      );
      await Promise.all(calls.map((call) => subject.appender.append(call)));
      expectInOrder(await subject.read(), calls.flat());
    });

    test('does so in whatever portions they come', async () => {
      const play = async (history: readonly (readonly (readonly number[])[])[]) => {
        const own = await open();
        try {
          const given: EventEnvelope[] = [];
          for (const together of history) {
            const calls = together.map((keys) => keys.map((key) => sampleEvent({ key })));
            given.push(...calls.flat());
            await Promise.all(calls.map((call) => own.appender.append(call)));
          }
          expectInOrder(await own.read(), given);
        } finally {
          await own.remove();
        }
      };
      const calls = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }), { maxLength: 6 });
      await fc.assert(fc.asyncProperty(fc.array(calls, { maxLength: 4 }), play), {
        numRuns: capabilities.runs ?? randomRuns(30),
      });
    });
  });
}

function outcomes(subject: () => EventAppenderUnderTest, { positions }: EventAppenderCapabilities): void {
  test('takes an empty call', async () => {
    expect(await subject().appender.append([])).toEqual([]);
    expect(await subject().read()).toEqual([]);
  });

  test('returns all of an event', async () => {
    const text = 'a\u0000b\ud800c ✓ 𝄞 \\ " \n';
    const plain = sampleEvent({ key: 3 });
    const strange = sampleEvent(
      { key: 4 },
      {
        id: 'id "with" \'quotes\' ✓ 𝄞',
        source: 'urn:other?a=b',
        causationid: 'the cause',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        baggage: 'user-id=1,debug-log-enabled=true',
        producerid: 'p',
        producerseq: '17',
        data: { yublId: idOf(4), authorId: idOf(2), text, postedAt: plain.time },
      },
    );
    await subject().appender.append([plain, strange]);
    const found = await subject().read();
    expect(found.toSorted((one, other) => (one.partitionkey < other.partitionkey ? -1 : 1))).toMatchObject([
      plain,
      strange,
    ]);
  });

  test('answers for each event of a call where it stands', async (context) => {
    context.skip(!positions, 'this engine has no positions');
    const { appender } = subject();
    const [one, two, three] = [sampleEvent(), sampleEvent(), sampleEvent()];
    expect(await appender.append([one, two])).toEqual([
      { outcome: 'appended', position: 1 },
      { outcome: 'appended', position: 2 },
    ]);
    expect(await appender.append([two, three])).toEqual([
      { outcome: 'duplicate', position: 2 },
      { outcome: 'appended', position: 3 },
    ]);
    expect(await appender.head()).toBe(3);
  });

  test('answers for each event of a call that it was taken, also for a repeated one', async (context) => {
    context.skip(positions, 'this engine knows positions and duplicates');
    const { appender } = subject();
    const [one, two] = [sampleEvent({ key: 1 }), sampleEvent({ key: 2 })];
    const taken = { outcome: 'appended', position: 0 };
    expect(await appender.append([one, two])).toEqual([taken, taken]);
    expect(await appender.append([one])).toEqual([taken]);
    expect(await appender.head()).toBe(0);
    const found = await subject().read();
    expect(found.map(({ id }) => id).toSorted()).toEqual([one.id, one.id, two.id].toSorted());
  });
}

function sizes(subject: () => EventAppenderUnderTest, { eventBytesMax }: EventAppenderCapabilities): void {
  test('takes what is as large as may be, and nothing of a call with something larger', async (context) => {
    if (eventBytesMax === undefined) return context.skip('nothing is too large for this engine');
    const { appender } = subject();
    const largest = ofBytes(eventBytesMax);
    const tooLarge = ofBytes(eventBytesMax + 1);
    const other = sampleEvent({ key: 7 });
    const refused = { code: 'EVENT_TOO_LARGE', retryable: false };
    await expect(appender.append([other, tooLarge, sampleEvent()])).rejects.toMatchObject(refused);
    expect(await subject().read()).toEqual([]);
    await appender.append([largest]);
    expect((await subject().read()).map(({ id }) => id)).toEqual([largest.id]);
  });
}

function ofBytes(bytes: number): EventEnvelope {
  const event = sampleEvent();
  const withText = (text: string) => ({ ...event, data: { ...event.data, text } }) as EventEnvelope;
  const without = Buffer.byteLength(JSON.stringify(withText('')));
  return withText('x'.repeat(bytes - without));
}

function expectInOrder(found: readonly EventEnvelope[], given: readonly EventEnvelope[]): void {
  const idsByKey = (events: readonly EventEnvelope[]) =>
    Object.fromEntries(
      [...Map.groupBy(events, ({ partitionkey }) => partitionkey)]
        .map(([key, ofKey]) => [key, ofKey.map(({ id }) => id)] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  expect(idsByKey(found)).toEqual(idsByKey(given));
}
