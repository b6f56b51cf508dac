import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settlesWithin, within } from './timeout.ts';

const messageOf = (error: Error) => error.message;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = <Result>(ms: number, result: () => Result) =>
  new Promise<void>((resolve) => setTimeout(resolve, ms)).then(result);
const fails = () => {
  throw new Error('refused');
};
const late = () => new Error('late');

describe('a time limit', () => {
  test('passes on what comes in time, and leaves no timer', async () => {
    const result = within(
      after(10, () => 'answer'),
      20,
      late,
    );
    await vi.advanceTimersByTimeAsync(10);
    expect(await result).toBe('answer');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('passes on a failure that comes in time', async () => {
    const result = within(after(10, fails), 20, late).catch(messageOf);
    await vi.advanceTimersByTimeAsync(10);
    expect(await result).toBe('refused');
  });

  test('rejects when it is over, and a failure that comes later is not unhandled', async () => {
    const result = within(after(30, fails), 20, late).catch(messageOf);
    await vi.advanceTimersByTimeAsync(40);
    expect(await result).toBe('late');
  });

  test.each([
    [10, true],
    [30, false],
  ])('says whether what takes %i ms has settled within 20 ms: %s', async (ms, expected) => {
    const results = [settlesWithin(after(ms, late), 20), settlesWithin(after(ms, fails), 20)];
    await vi.advanceTimersByTimeAsync(40);
    expect(await Promise.all(results)).toEqual([expected, expected]);
  });
});
