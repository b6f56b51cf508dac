import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBoundedKeyQueue, createKeyQueue } from './key-queue.ts';

const keys = ['a', 'b', 'c'] as const;
/** Work of a key, and how many turns of the event loop it takes. */
const works = fc.array(fc.tuple(fc.constantFrom(...keys), fc.nat({ max: 3 })), { maxLength: 30 });

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Finished work, in order of completion. */
function doneWork() {
  const done: [key: string, index: number][] = [];
  const expectInOrder = () => {
    for (const key of keys) {
      const ofKey = done.filter(([one]) => one === key).map(([, index]) => index);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  };
  return { done, expectInOrder };
}

describe('a key queue', () => {
  test('keeps the order of each key, whatever fails, and returns to each caller its own result', async () => {
    await fc.assert(
      fc.asyncProperty(works, async (given) => {
        const queue = createKeyQueue();
        const { done, expectInOrder } = doneWork();
        const results = given.map(([key, count], index) =>
          queue.run(key, async () => {
            await turns(count);
            done.push([key, index]);
            if (count === 3) throw new Error(`${index} failed`);
            return index;
          }),
        );
        const settled = await Promise.allSettled(results);
        const said = settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message));
        expect(said).toEqual(given.map(([, count], index) => (count === 3 ? `${index} failed` : index)));
        expectInOrder();
      }),
      { numRuns: 30 },
    );
  });

  test('lets no key wait for another', async () => {
    const queue = createKeyQueue();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = queue.run('a', () => promise);
    await queue.run('b', async () => resolve());
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('a bounded key queue', () => {
  test('keeps the order of each key, and takes no more than its limit', async () => {
    await fc.assert(
      fc.asyncProperty(works, fc.integer({ min: 1, max: 4 }), async (given, atOnce) => {
        const queue = createBoundedKeyQueue(atOnce);
        const { done, expectInOrder } = doneWork();
        for (const [index, [key, count]] of given.entries()) {
          await queue.take(key, async () => {
            await turns(count);
            done.push([key, index]);
          });
          expect(index + 1 - done.length).toBeLessThanOrEqual(atOnce);
        }
        await queue.done();
        expect(done).toHaveLength(given.length);
        expectInOrder();
      }),
      { numRuns: 30 },
    );
  });

  test('begins nothing after a failure, and everybody hears of it', async () => {
    const queue = createBoundedKeyQueue(3);
    const begun: string[] = [];
    await queue.take('a', async () => {
      begun.push('first');
      await turns(2);
      throw new Error('throttled');
    });
    await queue.take('a', async () => void begun.push('second'));
    await expect(queue.done()).rejects.toThrow('throttled');
    await expect(queue.take('b', async () => void begun.push('third'))).rejects.toThrow('throttled');
    expect(begun).toEqual(['first']);
  });

  test('rejects a source that waits, even if other work still hangs', async () => {
    const queue = createBoundedKeyQueue(2);
    const { promise: never } = Promise.withResolvers<void>();
    await queue.take('hangs', () => never);
    await queue.take('fails', async () => {
      await turns(2);
      throw new Error('throttled');
    });
    await expect(queue.take('waits', async () => {})).rejects.toThrow('throttled');
  });
});
