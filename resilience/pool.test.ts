import { describe, expect, test } from 'vitest';
import { inOrder, startPool } from './pool.ts';

/** Items that end when the test says so. */
function open(items: readonly string[], atOnce: number) {
  const ends = new Map<string, () => void>();
  const begun: string[] = [];
  const run = (item: string) => {
    begun.push(item);
    return new Promise<void>((resolve) => ends.set(item, resolve));
  };
  const pool = startPool(items, run, atOnce);
  let isDone = false;
  void pool.done.then(() => (isDone = true));
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { pool, begun, settle, end: (item: string) => ends.get(item)?.(), isDone: () => isDone };
}

describe('a pool', () => {
  test('runs up to its limit, starts items in order, and is done when all have ended', async () => {
    const { begun, end, settle, isDone } = open(['a', 'b', 'c'], 2);
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await settle();
    expect([begun, isDone()]).toEqual([['a', 'b', 'c'], false]);
    end('c');
    end('a');
    await settle();
    expect(isDone()).toBe(true);
  });

  test('is done immediately without items', async () => {
    const { settle, isDone } = open([], 2);
    await settle();
    expect(isDone()).toBe(true);
  });

  test('continues without what was given up, whose end then counts no more', async () => {
    const { pool, begun, end, settle, isDone } = open(['hangs', 'b', 'c'], 1);
    pool.giveUp('hangs');
    expect([begun, [...pool.running]]).toEqual([['hangs', 'b'], ['b']]);
    end('hangs');
    await settle();
    expect(begun).toEqual(['hangs', 'b']);
    end('b');
    await settle();
    end('c');
    await settle();
    expect([begun, isDone()]).toEqual([['hangs', 'b', 'c'], true]);
  });

  test('begins no more once it is stopped, and is done when what runs has ended', async () => {
    const { pool, begun, end, settle, isDone } = open(['a', 'b'], 1);
    pool.stop();
    end('a');
    await settle();
    expect([begun, isDone()]).toEqual([['a'], true]);
  });
});

describe('work in order', () => {
  test('returns results in the order of the items, whatever ends first, up to its limit', async () => {
    let underWay = 0;
    let most = 0;
    const work = async (turns: number) => {
      most = Math.max(most, (underWay += 1));
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return turns;
    };
    const items = [5, 0, 3, 1, 4, 2];
    const results: number[] = [];
    for await (const result of inOrder(items, work, 3)) results.push(result);
    expect([results, most]).toEqual([items, 3]);
  });

  test('fails when it is the turn of what failed', async () => {
    const work = async (item: number) => {
      if (item === 2) throw new Error('2 failed');
      return item;
    };
    const results: number[] = [];
    const reading = (async () => {
      for await (const result of inOrder([0, 1, 2, 3], work, 4)) results.push(result);
    })();
    await expect(reading).rejects.toThrow('2 failed');
    expect(results).toEqual([0, 1]);
  });
});
