import { afterEach, expect, test, vi } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { startWork } from './work-time.ts';

afterEach(() => void vi.useRealTimers());

test('work continues until its time is over, and then ends as a failure of the storage', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const work = startWork('the removal of a user', 30);
  vi.advanceTimersByTime(29);
  work.assertTimeLeft();
  vi.advanceTimersByTime(1);
  let thrown: unknown;
  try {
    work.assertTimeLeft();
  } catch (error) {
    thrown = error;
  }
  expect(isFigtreeError(thrown, 'STORAGE_FAILED')).toBe(true);
});
