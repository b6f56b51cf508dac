import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { constantBackoff } from './backoff.ts';
import { retry, startAttempts } from './retry.ts';

const messageOf = (error: Error) => error.message;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Fails a number of times before it succeeds, and records when it was called. */
function failing(times: number, error = new Error('busy')) {
  const calledAt: number[] = [];
  const work = async () => {
    calledAt.push(Date.now());
    if (calledAt.length <= times) throw error;
    return 'done';
  };
  return { work, calledAt };
}

const doubling = { firstMs: 100, maxMs: 300, jitter: 'none' } as const;

describe('work that fails', () => {
  test('is tried again after growing pauses, until it succeeds', async () => {
    const { work, calledAt } = failing(4);
    const result = retry(work, doubling);
    await vi.runAllTimersAsync();
    expect(await result).toBe('done');
    expect(calledAt).toEqual([0, 100, 300, 600, 900]);
  });

  test('rejects with its last failure after so many attempts', async () => {
    const { work, calledAt } = failing(Infinity);
    const result = retry(work, { ...doubling, attemptsMax: 3 }).catch(messageOf);
    await vi.runAllTimersAsync();
    expect(await result).toBe('busy');
    expect(calledAt).toEqual([0, 100, 300]);
  });

  test('is not begun again once the time is over', async () => {
    const { work, calledAt } = failing(Infinity);
    const result = retry(work, { ...constantBackoff(100), withinMs: 250 }).catch(messageOf);
    await vi.runAllTimersAsync();
    expect(await result).toBe('busy');
    expect(calledAt).toEqual([0, 100, 200, 300]);
  });

  test('is not tried again if that cannot help', async () => {
    const { work, calledAt } = failing(Infinity, new Error('refused'));
    const isTransient = (error: unknown) => error instanceof Error && error.message !== 'refused';
    await expect(retry(work, doubling, { isTransient })).rejects.toThrow('refused');
    expect(calledAt).toHaveLength(1);
  });

  test('may fail any number of times for a reason that does not count, with pauses that grow all the same', async () => {
    const { work, calledAt } = failing(5);
    const result = retry(work, { ...doubling, attemptsMax: 2 }, { counts: () => false });
    await vi.runAllTimersAsync();
    expect(await result).toBe('done');
    expect(calledAt).toEqual([0, 100, 300, 600, 900, 1200]);
  });

  test('ends with the reason of its signal, in the middle of a pause', async () => {
    const controller = new AbortController();
    const { work, calledAt } = failing(Infinity);
    const result = retry(work, doubling, { signal: controller.signal }).catch(messageOf);
    await vi.advanceTimersByTimeAsync(150);
    controller.abort(new Error('stopped'));
    expect(await result).toBe('stopped');
    expect([calledAt, vi.getTimerCount()]).toEqual([[0, 100], 0]);
  });
});

describe('attempts', () => {
  test('are counted anew once part of the work is done', async () => {
    const attempts = startAttempts({ ...doubling, attemptsMax: 3 });
    const answers: boolean[] = [];
    const run = (async () => {
      for (let number = 1; number <= 5; number += 1) {
        if (number === 3) attempts.progressed();
        answers.push(await attempts.again());
      }
    })();
    await vi.runAllTimersAsync();
    await run;
    expect(answers).toEqual([true, true, true, true, false]);
    expect(Date.now()).toBe(100 + 200 + 100 + 200);
  });

  test('wait as long as the other side asks for', async () => {
    const attempts = startAttempts({ ...doubling, attemptsMax: 3 });
    const again = attempts.again({ pauseMsMin: 5000 });
    await vi.runAllTimersAsync();
    expect([await again, Date.now()]).toEqual([true, 5000]);
  });
});
