import { defined } from '../../events/defined.ts';
import { type ErrorCode, FigtreeError, isFigtreeError } from '../../events/errors.ts';

/** The parts of an error that reach a caller. */
export interface ToldError {
  readonly message: string;
  readonly code?: ErrorCode;
  /** Only details that can be cloned. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error on its way to another thread or process, where a clone would lose its class and properties. */
export interface SentError extends ToldError {
  readonly stack?: string;
  readonly cause?: SentError;
}

// A chain of causes may be circular.
const CAUSES_MAX = 8;

export function toldError(error: unknown): ToldError {
  const message = error instanceof Error ? error.message : String(error);
  return isFigtreeError(error) ? { message, code: error.code, details: cloneable(error.details) } : { message };
}

export function sentError(error: unknown, causesMax = CAUSES_MAX): SentError {
  if (!(error instanceof Error)) return toldError(error);
  const { stack, cause } = error;
  const sent = cause === undefined || causesMax === 0 ? undefined : sentError(cause, causesMax - 1);
  return { ...toldError(error), ...defined({ stack, cause: sent }) };
}

export function receivedError({ message, code, details, stack, cause: sent }: SentError): Error {
  const cause = sent === undefined ? {} : { cause: receivedError(sent) };
  const error =
    code === undefined ? new Error(message, cause) : new FigtreeError(code, message, { ...details, ...cause });
  return Object.assign(error, defined({ stack }));
}

function cloneable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => isCloneable(value)));
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
