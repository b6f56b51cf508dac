import { type ErrorCode, FigtreeError, isFigtreeError } from '../../../events/errors.ts';

/** An error as it goes to another thread or process, where it would lose its class and what hangs on it. Its cause stays: that is
 *  for whoever debugs here, and may hold what cannot be sent. */
export interface SentError {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  return isFigtreeError(error) ? { message, code: error.code, details: { ...error.details } } : { message };
}

export function receivedError({ message, code, details }: SentError): Error {
  return code === undefined ? new Error(message) : new FigtreeError(code, message, details);
}
