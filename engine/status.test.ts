import { describe, expect, test } from 'vitest';
import type { EventPage, ReadQuery } from '../ports/event-log.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { KEY_RANGES, keyRangeOf } from '../events/key-range.ts';
import type { ParkedSummary } from '../ports/parking-lot.ts';
import { type ProjectionFacts, projectionStatuses } from './status.ts';

const NOTHING: ParkedSummary = { events: 0, byConsumer: {}, byRange: [], discarded: 0 };

/** A log whose events have these keys and ages in seconds, by position. */
function logOf(length: number, { key, age }: { key: (position: number) => string; age: (position: number) => number }) {
  const reads: ReadQuery[] = [];
  return {
    reads,
    async read(query: ReadQuery): Promise<EventPage> {
      reads.push(query);
      const upTo = Math.min(length, query.upTo ?? Infinity, query.after + query.limit);
      const positions = Array.from({ length: Math.max(0, upTo - query.after) }, (_, index) => query.after + 1 + index);
      const events = positions.map((position) => ({
        position,
        partitionkey: key(position),
        recordedtime: new Date(Date.now() - age(position) * 1000).toISOString(),
      }));
      return { events: events as unknown as RecordedEvent[], position: Math.max(query.after, upTo) };
    },
  };
}

const facts = (position: number, more: Partial<ProjectionFacts> = {}): ProjectionFacts => ({
  name: 'feed',
  version: 1,
  position,
  stopped: false,
  stillMs: 0,
  lot: NOTHING,
  ...more,
});

describe('the status of a projection', () => {
  const log = logOf(100, { key: String, age: (position) => 200 - position });

  test('that has applied everything is live, and stands nowhere still', async () => {
    expect(await projectionStatuses(log)(100, facts(100, { stillMs: 3_600_000 }))).toMatchObject({
      lagEvents: 0,
      lagSeconds: 0,
      worstKeyRange: { lagEvents: 0, lagSeconds: 0 },
      stalledSeconds: 0,
      oldestParkedSeconds: 0,
      state: 'live',
    });
  });

  test.each([
    [1000, 'catching-up', 1],
    [4999, 'catching-up', 4.999],
    [5000, 'stalled', 5],
    [3_600_000, 'stalled', 110],
  ])('that is behind and has made no progress for %i ms is %s', async (stillMs, state, seconds) => {
    const found = await projectionStatuses(log)(100, facts(90, { stillMs }));
    expect(found).toMatchObject({ lagEvents: 10, state });
    expect(found.lagSeconds).toBeCloseTo(109, 0);
    expect(found.stalledSeconds).toBeCloseTo(Math.min(seconds, 109), 0);
  });

  test('that is not running is not reported as stalled, and one that has stopped is reported as stopped first', async () => {
    const { stillMs: _, ...unknown } = facts(90);
    expect(await projectionStatuses(log)(100, unknown)).not.toHaveProperty('stalledSeconds');
    expect(await projectionStatuses(log)(100, facts(90, { stillMs: 9000, stopped: true }))).toMatchObject({
      state: 'stopped',
    });
  });

  test('reports since when it is paused, and how much is parked, by which consumer and for how long', async () => {
    const lot = { ...NOTHING, events: 3, oldestMs: Date.now() - 60_000, byConsumer: { a: 2, b: 1 }, discarded: 4 };
    const found = await projectionStatuses(log)(100, facts(90, { lot, pausedSinceMs: 1_456_124_520_000 }));
    expect(found).toMatchObject({ parked: 3, parkedByConsumer: { a: 2, b: 1 }, discarded: 4 });
    expect(found.pausedSince).toBe('2016-02-22T07:02:00.000Z');
    expect(found.oldestParkedSeconds).toBeCloseTo(60, 0);
  });

  test('reports the worst range of keys: the one whose oldest event waits longest, parked or not', async () => {
    const rare = keyRangeOf('rare');
    const common = Array.from({ length: 100 }, (_, index) => `key ${index}`).find((key) => keyRangeOf(key) !== rare);
    const one = logOf(100, {
      key: (position) => (position === 20 || position === 95 ? 'rare' : (common ?? '')),
      age: (position) => 200 - position,
    });
    expect((await projectionStatuses(one)(100, facts(90))).worstKeyRange).toEqual({
      range: keyRangeOf(common ?? ''),
      lagEvents: 9,
      lagSeconds: expect.closeTo(109, 0),
    });
    const lot = { ...NOTHING, events: 2, byRange: [{ range: rare, events: 2, firstPosition: 20 }] };
    expect((await projectionStatuses(one)(100, facts(90, { lot }))).worstKeyRange).toEqual({
      range: rare,
      lagEvents: 3,
      lagSeconds: expect.closeTo(180, 0),
    });
  });

  test('reads the beginning of a long backlog alone, once in a while, and takes the rest for the same', async () => {
    const long = logOf(100_000, { key: (position) => `key ${position % 1000}`, age: () => 7 });
    const statusOf = projectionStatuses(long);
    const { worstKeyRange, lagEvents } = await statusOf(100_000, facts(0));
    expect(lagEvents).toBe(100_000);
    const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
    const inRange = keys.filter((key) => keyRangeOf(key) === worstKeyRange.range).length;
    expect(worstKeyRange.lagEvents).toBe(inRange * 100);
    await statusOf(100_000, facts(5));
    await statusOf(100_000, facts(10));
    expect(long.reads.reduce((sum, { limit }) => sum + limit, 0)).toBeLessThanOrEqual(1000);
  });
});

test('the ranges of keys are used evenly', () => {
  const counts = Array.from({ length: KEY_RANGES }, () => 0);
  for (let number = 0; number < 16_000; number += 1) {
    const range = keyRangeOf(number.toString(16).padStart(24, '0'));
    counts[range] = (counts[range] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(700);
  expect(Math.max(...counts)).toBeLessThan(1300);
});
