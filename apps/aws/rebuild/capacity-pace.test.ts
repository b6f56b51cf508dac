import { afterEach, expect, test, vi } from 'vitest';
import { createCapacityPace } from './capacity-pace.ts';

afterEach(() => void vi.useRealTimers());

test('holds the rate of units on average, and lets reads pass', async () => {
  vi.useFakeTimers();
  const pace = createCapacityPace(1000);
  const writtenAtMs: number[] = [];
  const startedMs = performance.now();
  const writing = (async () => {
    for (let number = 0; number < 20; number += 1) {
      await pace.room();
      writtenAtMs.push(performance.now() - startedMs);
      pace.onRequest({ operation: 'TransactWriteItems', capacityUnits: 10 });
      pace.onRequest({ operation: 'Query', capacityUnits: 1000 });
    }
  })();
  await vi.runAllTimersAsync();
  await writing;
  // 10 units a request and 1,000 a second: one every 10 ms.
  expect(writtenAtMs).toEqual(Array.from({ length: 20 }, (_, number) => number * 10));
  expect(pace.taken()).toEqual({ requests: 40, writeUnits: 200, readUnits: 20_000 });
  expect(pace.taken()).toEqual({ requests: 0, writeUnits: 0, readUnits: 0 });
});

test('unused capacity is not saved up: a pause is not followed by a burst', async () => {
  let nowMs = 0;
  const pace = createCapacityPace(1000, () => nowMs);
  nowMs = 60_000;
  pace.onRequest({ operation: 'PutItem', capacityUnits: 100 });
  let free = false;
  const waiting = pace.room().then(() => (free = true));
  nowMs = 60_099;
  await Promise.resolve();
  expect(free).toBe(false);
  nowMs = 60_100;
  await waiting;
});

test('does not wait without a rate', async () => {
  const pace = createCapacityPace();
  pace.onRequest({ operation: 'PutItem', capacityUnits: 1e9 });
  await pace.room();
  expect(pace.taken().writeUnits).toBe(1e9);
});
