import { setTimeout as sleep } from 'node:timers/promises';
import { fullJitter } from '../pauses.ts';
import { isThrottled, kinesisFailure, nameOf } from './failure.ts';

const FAILURES_MAX = 10;
const PAUSES = { firstMs: 100, maxMs: 5000 };
// What pauses do not mend.
const HOPELESS = new Set(['ResourceNotFoundException', 'AccessDeniedException', 'ValidationException', 'AbortError']);

/** Asks again after pauses: as long as it takes if it is throttled, ten times if it fails otherwise. Then STORAGE_FAILED. */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  { stream, signal }: { readonly stream: string; readonly signal?: AbortSignal },
): Promise<Answer> {
  for (let failures = 0, throttled = 0; ;) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (isThrottled(error)) throttled += 1;
      else failures += 1;
      if (failures >= FAILURES_MAX || HOPELESS.has(nameOf(error))) throw kinesisFailure(stream, error);
      await sleep(fullJitter(failures + throttled, PAUSES), undefined, signal === undefined ? {} : { signal });
    }
  }
}
