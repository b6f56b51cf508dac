import * as fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createKeyedWork } from './keyed-work.ts';

const works = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 3 })), { maxLength: 30 });

test('keeps the order of each key, and no more than so many at once', async () => {
  await fc.assert(
    fc.asyncProperty(works, fc.integer({ min: 1, max: 4 }), async (given, atOnce) => {
      const work = createKeyedWork(atOnce);
      const done: [string, number][] = [];
      let running = 0;
      for (const [index, [key, waitMs]] of given.entries()) {
        await work.take(key, async () => {
          running += 1;
          expect(running).toBeLessThanOrEqual(atOnce);
          await sleep(waitMs);
          done.push([key, index]);
          running -= 1;
        });
      }
      await work.done();
      expect(done).toHaveLength(given.length);
      for (const key of ['a', 'b', 'c']) {
        const ofKey = done.filter(([one]) => one === key).map(([, index]) => index);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 30 },
  );
});

test('different keys run side by side', async () => {
  const work = createKeyedWork(2);
  const { promise, resolve } = Promise.withResolvers<void>();
  await work.take('a', () => promise);
  await work.take('b', async () => resolve());
  await expect(work.done()).resolves.toBeUndefined();
});

test('after a failure nothing is begun, and everybody hears of it', async () => {
  const work = createKeyedWork(3);
  const begun: string[] = [];
  await work.take('a', async () => {
    begun.push('first');
    await sleep(5);
    throw new Error('throttled');
  });
  await work.take('a', async () => void begun.push('second'));
  await expect(work.done()).rejects.toThrow('throttled');
  await expect(work.take('b', async () => void begun.push('third'))).rejects.toThrow('throttled');
  expect(begun).toEqual(['first']);
});
