import { FigtreeError } from '../../../events/errors.ts';
import { failureName, withoutRequest } from '../failure-name.ts';

/** Converts a failure of the store to a FigtreeError. The message names the table and the kind of failure, never stored
 *  content. What DynamoDB will never accept is not retryable (INTERNAL): an event whose items are too large must not
 *  block later ones forever. */
export function dynamoFailure(table: string, error: unknown): FigtreeError {
  const details = { table, cause: withoutRequest(error) };
  if (isRefusal(error)) {
    return new FigtreeError('INTERNAL', `DynamoDB table ${table} rejects the request`, details);
  }
  return new FigtreeError('STORAGE_FAILED', `DynamoDB table ${table} cannot be used: ${failureName(error)}`, details);
}

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Whether the SDK has sent a request more than once: then an earlier attempt may have succeeded, and its answer was
 *  lost. */
export function wasSentAgain(error: unknown): boolean {
  return ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;
}

/** Whether the request was refused for its content, and would be again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ValidationException' || reasonsOf(error).some((code) => REFUSED.has(code));
}

/** Whether a single item of a batch may be at fault: the batch was refused, or could not even be sent. */
export function mayBeOneItem(error: unknown): boolean {
  return isRefusal(error) || !(error instanceof Error && '$metadata' in error);
}

/** For a failed transaction, the indexes of the actions whose conditions do not hold. Empty if it conflicted with
 *  another one or was throttled, and may be retried. Undefined if it failed otherwise. */
export function lostTransaction(error: unknown): number[] | undefined {
  if (!(error instanceof Error)) return undefined;
  const reasons = reasonsOf(error);
  const failed = reasons.flatMap((code, place) => (code === 'ConditionalCheckFailed' ? [place] : []));
  if (failed.length > 0) return failed;
  if (reasons.some((code) => REFUSED.has(code))) return undefined;
  return reasons.some((code) => TRANSIENT.has(code)) ? [] : undefined;
}

function reasonsOf(error: Error): string[] {
  if (error.name !== 'TransactionCanceledException') return [];
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  return reasons.map(({ Code = 'None' }) => Code);
}

const REFUSED = new Set(['ValidationError', 'ItemCollectionSizeLimitExceeded']);

const TRANSIENT = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
