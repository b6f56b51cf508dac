import { startAttempts } from '../../../resilience/retry.ts';
import { dynamoFailure } from './failure.ts';
import type { DynamoTable } from './dynamo-table.ts';

/** Another writer was faster: what was read has changed. */
export const LOST = Symbol('lost');

const RETRY = { attemptsMax: 30, firstMs: 10, maxMs: 500 };

/** Repeats an optimistic read, decision and conditional write until no other writer interferes. Throws STORAGE_FAILED
 *  (retryable) after 30 attempts; `what` names the subject in the message. */
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
