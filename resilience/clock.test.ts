import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nextTurn, pause, systemClock } from './clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1000 }));
afterEach(() => void vi.useRealTimers());

test('pauses for a number of milliseconds, by its own clock', async () => {
  const ended = pause(250).then(() => systemClock.nowMs());
  await vi.advanceTimersByTimeAsync(1000);
  expect(await ended).toBe(1250);
});

test('a pause ends early once its signal is aborted, and does not begin after that', async () => {
  const controller = new AbortController();
  const ended = pause(60_000, { signal: controller.signal });
  controller.abort();
  await ended;
  await pause(60_000, { signal: controller.signal });
  expect([systemClock.nowMs(), vi.getTimerCount()]).toEqual([1000, 0]);
});

test('leaves no listener at a signal that lives longer', async () => {
  const { signal } = new AbortController();
  const removed = vi.spyOn(signal, 'removeEventListener');
  const ended = pause(5, { signal });
  await vi.advanceTimersByTimeAsync(5);
  await ended;
  expect(removed).toHaveBeenCalledOnce();
});

test('the next turn begins after what is due in this one', async () => {
  const order: string[] = [];
  setImmediate(() => order.push('due'));
  void nextTurn().then(() => order.push('next turn'));
  await Promise.resolve();
  expect(order).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(order).toEqual(['due', 'next turn']);
});
