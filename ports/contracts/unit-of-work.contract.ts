import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import {
  expectAsTheModel,
  histories,
  parkedAt,
  stepAt,
  type UnitOfWorkUnderTest,
  type Seen,
} from './unit-of-work-histories.ts';

/** The behaviour of every UnitOfWork implementation. `open` returns an empty one. */
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
    describe('steps', () => {
      steps(current);
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
      await expect(fc.assert(fc.asyncProperty(histories, play), { numRuns: randomRuns(30) })).resolves.toBeUndefined();
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

  test('shows everything together, and nothing before', async () => {
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

  test('undoes everything if the work rejects, with the same error, and continues', async () => {
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

  test('keeps nothing of a commit for which there is no space, and continues once there is', async () => {
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

  test('distinguishes a full disk from a failing handler', async () => {
    const { unit, write, seen } = subject();
    await commitRow(subject(), 'a', 1);
    const makeRoom = subject().fill();
    const work = async (): Promise<number> => {
      await unit.attempt(async () => {
        try {
          for (let row = 0; row < 5000; row += 1) write(`row ${row}`, row);
          // A store may buffer its rows until they are read.
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

function steps(subject: () => UnitOfWorkUnderTest): void {
  test('returns the steps of a flow in the order in which they were taken', async () => {
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
