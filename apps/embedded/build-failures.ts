import { type ErrorCode, FigtreeError, isFigtreeError } from '../../events/errors.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { HandlerFailure, RefusedEvent } from '../../consumers/runtime/handler-failure.ts';

/** An error as it goes from thread to thread, where it would lose its class and what hangs on it. */
export interface SentFailure {
  readonly message: string;
  readonly stack?: string;
  readonly code?: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of a consumer that could not take an event. */
  readonly handler?: { readonly event: RecordedEvent; readonly consumer: string; readonly refused: boolean };
  readonly cause?: SentFailure;
}

export function sentFailure(error: unknown): SentFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack, cause } = error;
  return {
    message,
    ...(stack !== undefined && { stack }),
    ...(isFigtreeError(error) && { code: error.code, details: plain(error.details) }),
    ...(error instanceof HandlerFailure && {
      handler: { event: plain(error.event), consumer: error.consumer, refused: error instanceof RefusedEvent },
    }),
    ...(cause !== undefined && { cause: sentFailure(cause) }),
  };
}

export function receivedFailure(failure: SentFailure): Error {
  const { message, stack, code, details, handler } = failure;
  const cause = failure.cause && receivedFailure(failure.cause);
  if (handler?.refused && isFigtreeError(cause)) return new RefusedEvent(handler.event, handler.consumer, cause);
  if (handler !== undefined) return new HandlerFailure(handler.event, handler.consumer, cause);
  if (code !== undefined) return new FigtreeError(code, message, { ...details, cause });
  return Object.assign(new Error(message, { cause }), stack === undefined ? {} : { stack });
}

/** What of it is data. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value ?? {})) as Value;
}
