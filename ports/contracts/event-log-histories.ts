import * as fc from 'fast-check';
import { expect } from 'vitest';
import { eventTypes, type EventType } from '../../events/catalog.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { AppendOutcome } from '../event-appender.ts';
import type { EventLogReader, ReadQuery, EventLog } from '../event-log.ts';
import { idOf, sampleEvent } from './sample-events.ts';

export interface EventLogUnderTest {
  readonly log: EventLog;
  /** The reading half as another process has it. */
  openReader(): Promise<EventLogReader>;
  /** Fills the disk. Returns the function that frees it. */
  fill(): () => void;
  /** Closes it and reopens the same data. */
  reopen(): Promise<EventLogUnderTest>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

// Few names, keys and contents, so that they collide often.
const event: fc.Arbitrary<EventEnvelope> = fc
  .record({
    name: fc.integer({ min: 0, max: 7 }),
    source: fc.integer({ min: 0, max: 1 }),
    flow: fc.integer({ min: 0, max: 9 }),
    key: fc.integer({ min: 0, max: 2 }),
    variant: fc.constantFrom(1, 1, 1, 2),
    type: fc.constantFrom<EventType>('yubl-posted', 'yubl-posted', 'followed', 'user-left'),
  })
  .map(({ name, source, flow, ...sample }) =>
    sampleEvent(sample, { id: `id-${name}`, source: `urn:${source}`, correlationid: `id-${flow}` }),
  );

const query: fc.Arbitrary<ReadQuery> = fc
  .record({
    after: fc.integer({ min: 0, max: 20 }),
    upTo: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
    limit: fc.constantFrom(1, 2, 3, 1000),
    types: fc.option(fc.subarray([...eventTypes]), { nil: undefined }),
    key: fc.option(fc.integer({ min: 0, max: 3 }).map(idOf), { nil: undefined }),
  })
  .map(({ after, upTo, limit, types, key }) => ({
    after,
    limit,
    ...defined({ upTo, types, key }),
  }));

type Step =
  | { readonly kind: 'append'; readonly calls: readonly (readonly EventEnvelope[])[] }
  | { readonly kind: 'read'; readonly query: ReadQuery }
  | { readonly kind: 'flow'; readonly correlationId: string; readonly limit: number }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('append'), calls: fc.array(fc.array(event, { maxLength: 4 })) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('read'), query }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('flow'),
      correlationId: fc.integer({ min: 0, max: 9 }).map((flow) => `id-${flow}`),
      limit: fc.constantFrom(1, 2, 100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen') }) },
);

/** Concurrent calls, reads and restarts in any order. */
export const histories = fc.array(step, { maxLength: 20 });

/** A naive event log in memory. */
function eventLogModel() {
  const taken: EventEnvelope[] = [];
  const content = ({ type, partitionkey, subject, data }: EventEnvelope) =>
    JSON.stringify([type, partitionkey, subject, data]);
  function one(wanted: EventEnvelope): AppendOutcome {
    const first = taken.findIndex(({ id, source }) => id === wanted.id && source === wanted.source);
    if (first === -1) return { outcome: 'appended', position: taken.push(wanted) };
    const same = content(taken[first] ?? wanted) === content(wanted);
    return { outcome: same ? 'duplicate' : 'conflict', position: first + 1 };
  }
  return {
    append: (events: readonly EventEnvelope[]) => events.map((each) => one(each)),
    head: () => taken.length,
    matching: ({ after, upTo = Infinity, types, key }: Omit<ReadQuery, 'limit'>) =>
      taken
        .map((each, index) => ({ ...each, position: index + 1 }))
        .filter(({ position }) => position > after && position <= upTo)
        .filter(({ type }) => types?.includes(type) ?? true)
        .filter(({ partitionkey }) => key === undefined || partitionkey === key),
    flow: (correlationId: string) => taken.filter(({ correlationid }) => correlationid === correlationId),
  };
}

type Model = ReturnType<typeof eventLogModel>;

/** Plays a history on a log of its own and on the model. */
export async function expectAsTheModel(
  history: readonly Step[],
  open: () => Promise<EventLogUnderTest>,
): Promise<void> {
  const model = eventLogModel();
  let subject = await open();
  try {
    for (const each of history) {
      if (each.kind === 'reopen') subject = await subject.reopen();
      else if (each.kind === 'append') {
        const outcomes = await Promise.all(each.calls.map((call) => subject.log.append(call)));
        expect(outcomes).toEqual(each.calls.map((call) => model.append(call)));
      } else if (each.kind === 'flow') {
        const found = await subject.log.readFlow(each.correlationId, each.limit);
        expect(found).toMatchObject(model.flow(each.correlationId).slice(0, each.limit));
      } else await expectPage(subject.log, model, each.query);
      expect(await subject.log.head()).toBe(model.head());
    }
  } finally {
    await subject.remove();
  }
}

async function expectPage(log: EventLogReader, model: Model, asked: ReadQuery): Promise<void> {
  const { events, position } = await log.read(asked);
  const matching = model.matching(asked);
  expect(events).toHaveLength(Math.min(matching.length, asked.limit));
  expect(events).toMatchObject(matching.slice(0, asked.limit));
  // How far a page looks beyond its last event is up to the engine, as long as it skips nothing.
  expect(position).toBeGreaterThanOrEqual(events.at(-1)?.position ?? asked.after);
  const end = Math.min(model.head(), asked.upTo ?? Infinity);
  expect(position).toBeLessThanOrEqual(Math.max(asked.after, end));
  expect(model.matching({ ...asked, after: position })).toEqual(matching.slice(events.length));
  if (asked.after < end) expect(position).toBeGreaterThan(asked.after);
}
