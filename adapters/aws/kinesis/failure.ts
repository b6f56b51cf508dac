import { FigtreeError } from '../../../events/errors.ts';
import { failureName, withoutRequest } from '../failure-name.ts';

/** Converts a failure of the stream to a FigtreeError. The message names the stream and the kind of failure, never a
 *  record. */
export function kinesisFailure(stream: string, error: unknown): FigtreeError {
  return new FigtreeError('STORAGE_FAILED', `Kinesis stream ${stream} cannot be used: ${failureName(error)}`, {
    stream,
    cause: withoutRequest(error),
  });
}

/** Whether a request would always fail because of its content. */
export function isRefusedForGood(error: unknown): boolean {
  return REFUSED.has(nameOf(error));
}

const REFUSED = new Set(['InvalidArgumentException', 'ValidationException', 'SerializationException']);

export function isThrottled(error: unknown): boolean {
  return THROTTLED.has(nameOf(error));
}

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'KMSThrottlingException',
  'ThrottlingException',
]);

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}
