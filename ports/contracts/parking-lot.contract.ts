import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEY_RANGES, keyRangeOf } from '../../events/key-range.ts';
import type { ParkedEvent } from '../parking-lot.ts';
import { parkedAt, type UnitOfWorkUnderTest } from './unit-of-work-histories.ts';

/** The behaviour of every parking lot within its unit of work. `open` returns an empty one. */
export function parkingLotContract(open: () => Promise<UnitOfWorkUnderTest>): void {
  describe('a parking lot', () => {
    let current: UnitOfWorkUnderTest;
    beforeEach(async () => void (current = await open()));
    afterEach(() => current.remove());
    const subject = () => current;
    const failed: ParkedEvent = {
      ...parkedAt(5),
      consumer: 'c',
      attempts: 2,
      code: 'E',
      error: 'E: it fails',
      retryAtMs: 1_456_124_520_000,
    };

    test('lists parked events in order of position, of one key or of all', async () => {
      const { unit } = subject();
      const others = [parkedAt(9), parkedAt(2, 'other'), parkedAt(7)];
      await unit.commit(async () => {
        [failed, ...others].forEach((event) => unit.park(event));
        return 9;
      });
      expect(unit.parked({ limit: 1000 })).toEqual([parkedAt(2, 'other'), failed, parkedAt(7), parkedAt(9)]);
      expect(unit.parked({ key: 'key', limit: 1000 })).toEqual([failed, parkedAt(7), parkedAt(9)]);
      expect(unit.parked({ key: 'no key', limit: 1000 })).toEqual([]);
    });

    test('replaces what is parked at a position, and forgets what is unparked', async () => {
      const { unit } = subject();
      await unit.commit(async () => {
        unit.park(failed);
        unit.park(parkedAt(6));
        unit.park({ ...parkedAt(5), consumer: 'c', attempts: 3 });
        unit.unpark(6);
        unit.unpark(1000);
        return 9;
      });
      expect(unit.parked({ limit: 1000 })).toEqual([{ ...parkedAt(5), consumer: 'c', attempts: 3 }]);
    });

    test('returns no more than requested, and counts all', async () => {
      const { unit } = subject();
      await unit.commit(async () => {
        for (const position of [4, 2, 9, 7]) unit.park(parkedAt(position, position === 9 ? 'other' : 'key'));
        unit.park(parkedAt(7));
        return 9;
      });
      expect(unit.parked({ limit: 2 })).toEqual([parkedAt(2), parkedAt(4)]);
      expect(unit.parked({ key: 'key', limit: 2 })).toEqual([parkedAt(2), parkedAt(4)]);
      expect(unit.parkedCount()).toBe(4);
      expect(['key', 'other', 'ke'].map((key) => unit.isParked(key))).toEqual([true, true, false]);
    });

    test('lists what is due, the longest due first, and when the next will be', async () => {
      const { unit } = subject();
      expect(unit.nextRetryMs()).toBe(Infinity);
      const due = (position: number, retryAtMs: number) => ({ ...failed, position, key: `key ${position}`, retryAtMs });
      await unit.commit(async () => {
        for (const event of [due(1, 300), due(2, 100), due(3, 200), parkedAt(4), { ...parkedAt(5), consumer: 'c' }]) {
          unit.park(event);
        }
        return 9;
      });
      const positions = (nowMs: number, limit: number) =>
        unit.dueForRetry(nowMs, limit).map(({ position }) => position);
      expect([positions(99, 10), positions(200, 10), positions(1000, 2)]).toEqual([[], [2, 3], [2, 3]]);
      expect(unit.nextRetryMs()).toBe(100);
      expect(unit.dueForRetry(100, 10)).toEqual([due(2, 100)]);
    });

    test('renews the attempts of failed events, and leaves waiting ones alone', async () => {
      const { unit } = subject();
      const usedUp: ParkedEvent = { ...parkedAt(3, 'other'), consumer: 'c', attempts: 6, error: 'E' };
      await unit.commit(async () => {
        [failed, usedUp, parkedAt(7)].forEach((event) => unit.park(event));
        return 9;
      });
      await unit.commit(async () => {
        unit.renewAttempts(500);
        return 9;
      });
      const renewed = { attempts: 0, retryAtMs: 500 };
      expect(unit.parked({ limit: 10 })).toEqual([{ ...usedUp, ...renewed }, { ...failed, ...renewed }, parkedAt(7)]);
    });

    test('finds by key, id, code, text and place, and the first of each key', async () => {
      const { unit } = subject();
      const other = { ...failed, ...parkedAt(2, 'other'), code: 'F', error: 'F: it fails too' };
      const due = { ...parkedAt(3, 'third'), retryAtMs: 7 };
      await unit.commit(async () => {
        [failed, other, due, parkedAt(6), parkedAt(7, 'other')].forEach((event) => unit.park(event));
        return 9;
      });
      const positions = (query: object) => unit.parked({ limit: 10, ...query }).map(({ position }) => position);
      expect(positions({ event: 'event 6' })).toEqual([6]);
      expect(positions({ error: 'F' })).toEqual([2]);
      expect(positions({ error: 'it fails' })).toEqual([2, 5]);
      expect(positions({ error: 'F', key: 'key' })).toEqual([]);
      expect(positions({ after: 5 })).toEqual([6, 7]);
      expect(positions({ fronts: true })).toEqual([2, 3, 5]);
      expect(positions({ fronts: true, after: 2, limit: 1 })).toEqual([3]);
      expect(unit.parkedAt(5)).toEqual(failed);
      expect(unit.parkedAt(4)).toBeUndefined();
      expect([unit.parkedCount({ key: 'other' }), unit.parkedCount({ key: 'other', after: 2 })]).toEqual([2, 1]);
      expect(unit.parkedCount({ key: 'nobody' })).toBe(0);
    });

    test('discards for good, counts that, and undoes it with its commit', async () => {
      const { unit, seen } = subject();
      await unit.commit(async () => {
        [failed, parkedAt(6)].forEach((event) => unit.park(event));
        return 9;
      });
      const undone = unit.commit(async () => {
        unit.discard(5, 1000);
        throw new Error('commit failed');
      });
      await expect(undone).rejects.toThrow('commit failed');
      expect(await unit.parkedSummary()).toMatchObject({ events: 2, discarded: 0 });
      await unit.commit(async () => {
        unit.discard(5, 1000);
        unit.discard(5, 2000);
        unit.discard(1000, 2000);
        return 9;
      });
      expect(unit.parked({ limit: 10 })).toEqual([parkedAt(6)]);
      expect(await unit.parkedSummary()).toMatchObject({ events: 1, discarded: 1 });
      expect(seen()).toMatchObject({ parked: 1 });
    });

    test('leaves the event loop to others while very many are summed up', async () => {
      const { unit } = subject();
      await unit.commit(async () => {
        for (let position = 1; position <= 10_000; position += 1) {
          unit.park({ ...failed, ...parkedAt(position, `key ${position}`), consumer: position % 2 === 0 ? 'a' : 'b' });
        }
        return 10_000;
      });
      let turns = 0;
      let ended = false;
      const others = (async () => {
        for (; !ended; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      })();
      const { events, byConsumer } = await unit.parkedSummary();
      ended = true;
      await others;
      expect({ events, byConsumer }).toEqual({ events: 10_000, byConsumer: { a: 5000, b: 5000 } });
      expect(turns).toBeGreaterThanOrEqual(4);
    });

    test('sums up by consumer and by range of keys', async () => {
      const { unit } = subject();
      const empty = { events: 0, byConsumer: {}, byRange: [], discarded: 0 };
      expect(await unit.parkedSummary()).toEqual(empty);
      const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
      await unit.commit(async () => {
        for (const [index, key] of keys.entries()) {
          unit.park({ ...failed, ...parkedAt(index + 1, key), consumer: index % 4 === 0 ? 'a' : 'b' });
          unit.park(parkedAt(index + 101, key));
        }
        return 200;
      });
      const { events, oldestMs, byConsumer, byRange } = await unit.parkedSummary();
      expect({ events, oldestMs, byConsumer }).toEqual({ events: 200, oldestMs: 1001, byConsumer: { a: 50, b: 150 } });
      const expected = Array.from({ length: KEY_RANGES }, (_, range) => {
        const places = keys.flatMap((key, index) => (keyRangeOf(key) === range ? [index + 1] : []));
        return { range, events: 2 * places.length, firstPosition: places[0] ?? 0 };
      });
      expect(byRange.toSorted((a, b) => a.range - b.range)).toEqual(expected.filter((one) => one.events > 0));
      expect(byRange.length).toBeGreaterThan(KEY_RANGES / 2);
    });
  });
}
