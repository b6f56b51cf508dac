import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { startWork } from './work-time.ts';

test('work goes on until its time is over, and then ends as a failure of the storage', async () => {
  const work = startWork('the removal of a user', 30);
  work.assertTimeLeft();
  await sleep(40);
  let thrown: unknown;
  try {
    work.assertTimeLeft();
  } catch (error) {
    thrown = error;
  }
  expect(isFigtreeError(thrown, 'STORAGE_FAILED')).toBe(true);
});
