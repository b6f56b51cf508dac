import { startAttempts } from '../../../resilience/retry.ts';
import { dynamoFailure } from './failure.ts';
import type { DynamoTable } from './dynamo-table.ts';

/** That another writer was faster: what was read is not there any more. */
export const LOST = Symbol('lost');

const RETRY = { attemptsMax: 30, firstMs: 10, maxMs: 500 };

/** Reads, decides and writes on condition that nothing has changed, until nobody comes in between. STORAGE_FAILED (retryable) after
 *  30 attempts; `what` says in the message what they were about. */
export async function untilUncontended<Result>(
  table: Pick<DynamoTable, 'name'>,
  what: string,
  attempt: () => Promise<Result | typeof LOST>,
): Promise<Result> {
  const attempts = startAttempts(RETRY);
  do {
    const result = await attempt();
    if (result !== LOST) return result;
  } while (await attempts.again());
  throw dynamoFailure(table.name, new Error(`too many concurrent changes to ${what}`));
}
