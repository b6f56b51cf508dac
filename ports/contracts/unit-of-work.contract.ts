import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEY_RANGES, keyRangeOf, type ParkedEvent } from '../parking-lot.ts';
import type { FlowStep, UnitOfWork } from '../unit-of-work.ts';
import { expectAsTheModel, histories, parkedAt, stepAt } from './unit-of-work-histories.ts';

export interface UnitOfWorkUnderTest {
  readonly unit: UnitOfWork;
  /** Inside of a commit: writes a row as a store of this engine does. */
  readonly write: (name: string, value: number) => void;
  /** What another process sees. */
  readonly seen: () => Seen;
  readonly stepsOf: (correlationId: string) => FlowStep[];
  /** Leaves no room for anything new; gives what makes room again. */
  fill(): () => void;
  /** Ends this one and opens what it has kept. */
  reopen(): Promise<UnitOfWorkUnderTest>;
  /** Ends it and leaves nothing behind. */
  remove(): Promise<void>;
}

export interface Seen {
  readonly rows: Readonly<Record<string, number>>;
  readonly checkpoint: number;
  /** How many are parked. */
  readonly parked: number;
}

/** What every unit of work does. `open` gives an empty one. */
export function unitOfWorkContract(open: () => Promise<UnitOfWorkUnderTest>): void {
  describe('a unit of work', () => {
    let subject: UnitOfWorkUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());
    const current = () => subject;

    describe('committing', () => {
      committing(current);
    });
    describe('attempting', () => {
      attempting(current);
    });
    describe('parking', () => {
      parking(current);
    });

    test('keeps rows, checkpoint, parked events and steps when it is opened again', async () => {
      await subject.unit.commit(async () => {
        subject.write('a', 1);
        subject.unit.park(parkedAt(3));
        subject.unit.recordSteps([stepAt(2)]);
        return 5;
      });
      subject = await subject.reopen();
      expect(subject.seen()).toEqual({ rows: { a: 1 }, checkpoint: 5, parked: 1 });
      expect(subject.unit.checkpoint()).toBe(5);
      expect(subject.unit.parked({ limit: 1000 })).toEqual([parkedAt(3)]);
      expect(subject.stepsOf('flow')).toEqual([stepAt(2)]);
    });

    test('does what the model does, whatever is done and undone in whatever order', async () => {
      const play = async (history: Parameters<typeof expectAsTheModel>[0]) => {
        await expectAsTheModel(history, open);
      };
      await expect(fc.assert(fc.asyncProperty(histories, play), { numRuns: 60 })).resolves.toBeUndefined();
    });
  });
}

const NOTHING: Seen = { rows: {}, checkpoint: 0, parked: 0 };

function committing(subject: () => UnitOfWorkUnderTest): void {
  test('begins with nothing', () => {
    expect(subject().unit.checkpoint()).toBe(0);
    expect(subject().unit.parked({ limit: 1000 })).toEqual([]);
    expect(subject().seen()).toEqual(NOTHING);
  });

  test('shows everything at once, and nothing before', async () => {
    const { unit, write, seen } = subject();
    let before: Seen | undefined;
    await unit.commit(async () => {
      write('a', 1);
      unit.park(parkedAt(4));
      await Promise.resolve();
      write('b', 2);
      before = seen();
      return 7;
    });
    expect(before).toEqual(NOTHING);
    expect(seen()).toEqual({ rows: { a: 1, b: 2 }, checkpoint: 7, parked: 1 });
    expect(unit.checkpoint()).toBe(7);
  });

  test('undoes everything if the work rejects, with its very error, and goes on', async () => {
    const { unit, write, seen, stepsOf } = subject();
    await commitRow(subject(), 'a', 1);
    const failure = new Error('work failed');
    const work = async (): Promise<number> => {
      write('a', 9);
      write('b', 9);
      unit.park(parkedAt(4));
      unit.recordSteps([stepAt(4)]);
      await Promise.resolve();
      throw failure;
    };
    await expect(unit.commit(work)).rejects.toBe(failure);
    expect(seen()).toEqual({ rows: { a: 1 }, checkpoint: 1, parked: 0 });
    expect(unit.parked({ limit: 1000 })).toEqual([]);
    expect(stepsOf('flow')).toEqual([]);
    await commitRow(subject(), 'c', 3);
    expect(seen()).toEqual({ rows: { a: 1, c: 3 }, checkpoint: 3, parked: 0 });
  });

  test('keeps nothing of a commit for which there is no room, and goes on once there is', async () => {
    const { unit, write, seen } = subject();
    await commitRow(subject(), 'a', 1);
    const many = async () => {
      for (let row = 0; row < 5000; row += 1) write(`row ${row}`, row);
      return 8;
    };
    const wrapped = async (): Promise<number> => {
      try {
        return await many();
      } catch (error) {
        throw new Error('a consumer failed', { cause: error });
      }
    };
    const makeRoom = subject().fill();
    for (const work of [many, wrapped]) {
      await expect(unit.commit(work)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(seen()).toEqual({ rows: { a: 1 }, checkpoint: 1, parked: 0 });
    }
    makeRoom();
    await unit.commit(many);
    expect(seen().checkpoint).toBe(8);
    expect(Object.keys(seen().rows)).toHaveLength(5001);
  });
}

function attempting(subject: () => UnitOfWorkUnderTest): void {
  test('undoes what was attempted, with its very error, and keeps the rest', async () => {
    const { unit, write, seen } = subject();
    const failure = new Error('attempt failed');
    await unit.commit(async () => {
      write('a', 1);
      const attempt = unit.attempt(async () => {
        write('a', 9);
        write('b', 9);
        unit.park(parkedAt(1));
        await Promise.resolve();
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      await unit.attempt(async () => write('c', 3));
      return 2;
    });
    expect(seen()).toEqual({ rows: { a: 1, c: 3 }, checkpoint: 2, parked: 0 });
  });

  test('undoes an attempt within an attempt alone, and with the outer one', async () => {
    const { unit, write, seen } = subject();
    const fail = async (name: string): Promise<void> => {
      write(name, 9);
      throw new Error(name);
    };
    await unit.commit(async () => {
      await unit.attempt(async () => {
        write('outer', 1);
        await expect(unit.attempt(() => fail('inner'))).rejects.toThrow('inner');
        await unit.attempt(async () => write('second', 2));
      });
      const both = unit.attempt(async () => {
        await unit.attempt(async () => write('kept by the inner', 9));
        await fail('lost with the outer');
      });
      await expect(both).rejects.toThrow('lost with the outer');
      return 1;
    });
    expect(seen().rows).toEqual({ outer: 1, second: 2 });
  });

  test('undoes what was attempted with success if the commit fails', async () => {
    const { unit, write, seen } = subject();
    const work = async (): Promise<number> => {
      await unit.attempt(async () => write('a', 1));
      throw new Error('commit failed');
    };
    await expect(unit.commit(work)).rejects.toThrow('commit failed');
    expect(seen()).toEqual(NOTHING);
  });

  test('tells a full disk from a failing handler', async () => {
    const { unit, write, seen } = subject();
    await commitRow(subject(), 'a', 1);
    const makeRoom = subject().fill();
    const work = async (): Promise<number> => {
      await unit.attempt(async () => {
        try {
          for (let row = 0; row < 5000; row += 1) write(`row ${row}`, row);
          // A store may keep its rows until it is asked for them.
          await unit.attempt(async () => undefined);
        } catch (error) {
          throw new Error('a consumer failed', { cause: error });
        }
      });
      return 8;
    };
    await expect(unit.commit(work)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    makeRoom();
    expect(seen()).toEqual({ rows: { a: 1 }, checkpoint: 1, parked: 0 });
  });
}

function parking(subject: () => UnitOfWorkUnderTest): void {
  const failed: ParkedEvent = {
    ...parkedAt(5),
    consumer: 'c',
    attempts: 2,
    code: 'E',
    error: 'E: it fails',
    retryAtMs: 1_456_124_520_000,
  };

  test('gives what is parked in order of position, of one key or of all', async () => {
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

  test('gives no more than it is asked for, and counts all', async () => {
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

  test('tells what is due, the longest due first, and when the next will be', async () => {
    const { unit } = subject();
    expect(unit.nextRetryMs()).toBe(Infinity);
    const due = (position: number, retryAtMs: number) => ({ ...failed, position, key: `key ${position}`, retryAtMs });
    await unit.commit(async () => {
      for (const event of [due(1, 300), due(2, 100), due(3, 200), parkedAt(4), { ...parkedAt(5), consumer: 'c' }]) {
        unit.park(event);
      }
      return 9;
    });
    const positions = (nowMs: number, limit: number) => unit.dueForRetry(nowMs, limit).map(({ position }) => position);
    expect([positions(99, 10), positions(200, 10), positions(1000, 2)]).toEqual([[], [2, 3], [2, 3]]);
    expect(unit.nextRetryMs()).toBe(100);
    expect(unit.dueForRetry(100, 10)).toEqual([due(2, 100)]);
  });

  test('gives what has failed its attempts back, and leaves alone what only waits', async () => {
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
    expect(unit.parkedSummary()).toMatchObject({ events: 2, discarded: 0 });
    await unit.commit(async () => {
      unit.discard(5, 1000);
      unit.discard(5, 2000);
      unit.discard(1000, 2000);
      return 9;
    });
    expect(unit.parked({ limit: 10 })).toEqual([parkedAt(6)]);
    expect(unit.parkedSummary()).toMatchObject({ events: 1, discarded: 1 });
    expect(seen()).toMatchObject({ parked: 1 });
  });

  test('sums up by consumer and by range of keys', async () => {
    const { unit } = subject();
    const empty = { events: 0, byConsumer: {}, byRange: [], discarded: 0 };
    expect(unit.parkedSummary()).toEqual(empty);
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
    await unit.commit(async () => {
      for (const [index, key] of keys.entries()) {
        unit.park({ ...failed, ...parkedAt(index + 1, key), consumer: index % 4 === 0 ? 'a' : 'b' });
        unit.park(parkedAt(index + 101, key));
      }
      return 200;
    });
    const { events, oldestMs, byConsumer, byRange } = unit.parkedSummary();
    expect({ events, oldestMs, byConsumer }).toEqual({ events: 200, oldestMs: 1001, byConsumer: { a: 50, b: 150 } });
    const expected = Array.from({ length: KEY_RANGES }, (_, range) => {
      const places = keys.flatMap((key, index) => (keyRangeOf(key) === range ? [index + 1] : []));
      return { range, events: 2 * places.length, firstPosition: places[0] ?? 0 };
    });
    expect(byRange.toSorted((a, b) => a.range - b.range)).toEqual(expected.filter((one) => one.events > 0));
    expect(byRange.length).toBeGreaterThan(KEY_RANGES / 2);
  });

  test('gives the steps of a flow in the order in which they were taken', async () => {
    const { unit, stepsOf } = subject();
    const steps = [{ ...stepAt(5), note: { followers: 3, names: ['a'] } }, stepAt(2), stepAt(5)];
    await unit.commit(async () => {
      unit.recordSteps([]);
      unit.recordSteps(steps.slice(0, 2));
      unit.recordSteps([{ ...stepAt(3), correlationid: 'other' }, ...steps.slice(2)]);
      return 9;
    });
    expect(stepsOf('flow')).toEqual(steps);
    expect(stepsOf('no flow')).toEqual([]);
  });
}

async function commitRow({ unit, write }: UnitOfWorkUnderTest, name: string, value: number): Promise<void> {
  await unit.commit(async () => {
    write(name, value);
    return value;
  });
}
