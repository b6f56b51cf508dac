import { FigtreeError } from '../../../events/errors.ts';

/** What the rest of Figtree knows a failing store by. The words name the table and the kind of failure, never what was stored. */
export function dynamoFailure(table: string, error: unknown): FigtreeError {
  const name = error instanceof Error ? error.name : 'Error';
  return new FigtreeError('STORAGE_FAILED', `DynamoDB table ${table} cannot be used: ${name}`, { table, cause: error });
}

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Of a transaction that was not done: the places of the actions whose conditions do not hold. None of them, and it was a
 *  conflict with another one, or throttling, and may be tried again. Undefined if it failed otherwise. */
export function lostTransaction(error: unknown): number[] | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TransactionInProgressException') return [];
  if (error.name !== 'TransactionCanceledException') return undefined;
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  const failed = reasons.flatMap(({ Code }, place) => (Code === 'ConditionalCheckFailed' ? [place] : []));
  if (failed.length > 0) return failed;
  return reasons.some(({ Code }) => Code !== undefined && TRANSIENT.has(Code)) ? [] : undefined;
}

const TRANSIENT = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
