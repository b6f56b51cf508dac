import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BatcherOptions, createBatcher, type ItemOutcome } from './batcher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Item = string;

/** A receiver that answers after 10 ms, and the batches that it received. */
function open(
  given: Partial<BatcherOptions<Item>> = {},
  answer: (item: Item, batch: readonly Item[]) => ItemOutcome = () => 'taken',
) {
  const batches: Item[][] = [];
  let running = 0;
  let mostAtOnce = 0;
  const batcher = createBatcher<Item>({
    async send(items) {
      batches.push([...items]);
      mostAtOnce = Math.max(mostAtOnce, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
      running -= 1;
      return items.map((item) => answer(item, items));
    },
    afterFailure: (error) => (error as { next?: 'again' | 'split' }).next ?? 'give-up',
    failure: (error) => new Error(`failed: ${(error as Error).message}`),
    retry: { attemptsMax: 3, firstMs: 100, jitter: 'none' },
    countMax: 3,
    batchesAtOnce: 2,
    ...given,
  });
  return {
    add: (items: readonly Item[]) => Promise.allSettled(items.map(batcher.add)),
    batches,
    most: () => mostAtOnce,
  };
}

const words = (results: readonly PromiseSettledResult<void>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? 'taken' : (result.reason as Error).message));

function failure(next: 'again' | 'split' | 'give-up', message: string = next): never {
  throw Object.assign(new Error(message), { next });
}

async function settled<Result>(result: Promise<Result>): Promise<Result> {
  await vi.runAllTimersAsync();
  return result;
}

describe('a batcher', () => {
  test('sends together what is added in one turn, in batches of so many, so many at a time', async () => {
    const { add, batches, most } = open();
    const results = await settled(add(['a', 'b', 'c', 'd', 'e', 'f', 'g']));
    expect(words(results)).toEqual(Array(7).fill('taken'));
    expect(batches).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
    expect(most()).toBe(2);
  });

  test('keeps a batch below so many bytes', async () => {
    const { add, batches } = open({ bytesMax: 5, bytesOf: (item) => item.length });
    await settled(add(['aaa', 'bb', 'c', 'larger than that', 'd']));
    expect(batches).toEqual([['aaa', 'bb'], ['c'], ['larger than that'], ['d']]);
  });

  test('waits for more for a time, and not for a batch that is full', async () => {
    const { add, batches } = open({ lingerMs: 50 });
    const first = add(['a', 'b', 'c', 'd']);
    expect(batches).toEqual([['a', 'b', 'c']]);
    await vi.advanceTimersByTimeAsync(5);
    const second = add(['e']);
    // A batch has returned: waiting items are sent without lingering longer.
    await vi.advanceTimersByTimeAsync(5);
    expect(batches.slice(1)).toEqual([['d', 'e']]);
    await settled(Promise.all([first, second]));
    const third = add(['f']);
    await vi.advanceTimersByTimeAsync(49);
    expect(batches).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches.slice(2)).toEqual([['f']]);
    await settled(third);
  });

  test('sends the later of two items of a key for both, and never two of a key at the same time', async () => {
    const { add, batches } = open({ keyOf: ([key = '']) => key });
    const first = add(['a1', 'b1', 'a2']);
    await vi.advanceTimersByTimeAsync(1);
    const second = add(['a3', 'c1']);
    await vi.advanceTimersByTimeAsync(1);
    const results = await settled(Promise.all([first, second]));
    expect(results.map(words)).toEqual([Array(3).fill('taken'), Array(2).fill('taken')]);
    expect(batches).toEqual([['a2', 'b1'], ['c1'], ['a3']]);
  });

  test('sends the newest of a key if the order of addition does not decide', async () => {
    const newest = (waiting: Item, added: Item) => (added > waiting ? added : waiting);
    const { add, batches } = open({ keyOf: ([key = '']) => key, newest });
    await settled(add(['a2', 'a1']));
    expect(batches).toEqual([['a2']]);
  });
});

describe('items that are not taken', () => {
  test('are sent again, alone, after a pause', async () => {
    let failures = 0;
    const { add, batches } = open({}, (item) =>
      item === 'b' && (failures += 1) <= 2 ? { again: new Error('throttled') } : 'taken',
    );
    expect(words(await settled(add(['a', 'b', 'c'])))).toEqual(['taken', 'taken', 'taken']);
    expect(batches).toEqual([['a', 'b', 'c'], ['b'], ['b']]);
  });

  test('fail after so many attempts in which none was taken, with the last reason', async () => {
    const { add, batches } = open({}, (item, batch) =>
      item === 'a' && batch.length === 3 ? 'taken' : { again: new Error('throttled') },
    );
    const results = await settled(add(['a', 'b', 'c']));
    expect(words(results)).toEqual(['taken', 'failed: throttled', 'failed: throttled']);
    // The first attempt made progress, so it counts as the first of the failures.
    expect(batches).toHaveLength(3);
  });

  test('are not sent again if they are refused', async () => {
    const { add, batches } = open({}, (item) => (item === 'b' ? { refused: new Error('never') } : 'taken'));
    expect(words(await settled(add(['a', 'b'])))).toEqual(['taken', 'never']);
    expect(batches).toHaveLength(1);
  });

  test('are sent again if the answer says nothing of them', async () => {
    const sent: number[] = [];
    const { add } = open({
      send: async (items) => {
        sent.push(items.length);
        return sent.length === 1 ? ['taken'] : items.map(() => 'taken');
      },
    });
    expect(words(await settled(add(['a', 'b'])))).toEqual(['taken', 'taken']);
    expect(sent).toEqual([2, 1]);
  });
});

describe('a batch that fails', () => {
  test('is sent again as it is, so often', async () => {
    const { add, batches } = open({}, () => failure('again', 'away'));
    expect(words(await settled(add(['a', 'b'])))).toEqual(['failed: away', 'failed: away']);
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  test('is given up immediately if retrying is useless', async () => {
    const { add, batches } = open({}, () => failure('give-up', 'forbidden'));
    expect(words(await settled(add(['a', 'b'])))).toEqual(['failed: forbidden', 'failed: forbidden']);
    expect(batches).toHaveLength(1);
  });

  test('because of some of its items is split until only those fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (bad) => {
        const { add } = open({ countMax: 12 }, (_, batch) =>
          batch.some((each) => bad[Number(each)] === true) ? failure('split', 'too large') : 'taken',
        );
        const results = await settled(add(bad.map((_, index) => String(index))));
        expect(words(results)).toEqual(bad.map((isBad) => (isBad ? 'failed: too large' : 'taken')));
      }),
      { numRuns: 30 },
    );
  });

  test('leaves its place to others', async () => {
    const { add, batches } = open({ batchesAtOnce: 1, countMax: 1 }, (item) =>
      item === 'a' ? failure('give-up') : 'taken',
    );
    expect(words(await settled(add(['a', 'b'])))).toEqual(['failed: give-up', 'taken']);
    expect(batches).toEqual([['a'], ['b']]);
  });
});
