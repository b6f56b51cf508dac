import { defined } from '../../../events/defined.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { HandlerFailure, RefusedEvent } from '../../../consumers/runtime/handler-failure.ts';
import { type SentError, sentError } from '../threads/sent-errors.ts';

/** What a build fails by, with all that its caller tells of it. */
export interface SentFailure extends SentError {
  readonly stack?: string;
  /** Of a consumer that could not take an event. */
  readonly handler?: { readonly event: RecordedEvent; readonly consumer: string; readonly refused: boolean };
  readonly cause?: SentFailure;
}

export function sentFailure(error: unknown): SentFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { stack, cause } = error;
  const { details, ...sent } = sentError(error);
  return {
    ...sent,
    ...(details !== undefined && { details: plain(details) }),
    ...defined({ stack }),
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
