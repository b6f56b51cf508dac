import type { Context } from 'hono';
import { type Correlation, withCorrelation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';

/** An authenticated caller: a publish key by its name, or a token by its `sub`. */
export interface Caller {
  readonly publishKey?: string;
  readonly sub?: string;
  /** When the credential expires, in milliseconds since 1970; undefined if it does not. */
  readonly expiresAt?: number;
}

/** Variables of a request while it is handled. */
export interface RequestVariables {
  requestId: string;
  /** From the request's headers; trusted only once the request is admitted. */
  correlation?: Correlation;
  /** Set once the credential was found valid, even if it is not sufficient. */
  caller?: Caller;
  admitted?: boolean;
  /** The prefix to which the publish key restricts sources. */
  sourcePrefix?: string;
  /** The reason that an administrator stated. */
  reason?: string;
}

/** A text that identifies an authenticated caller, to apply limits to. Empty without authentication. An invalid
 *  credential does not make another caller. */
export function callerKey({ publishKey, sub }: Caller = {}): string {
  if (publishKey !== undefined) return `key ${publishKey}`;
  return sub === undefined ? '' : `user ${sub}`;
}

/** Admits an authorized request. Only from here on its baggage is used, which appears in log lines and can turn on
 *  debug lines: before, anybody could do that. */
export function admit(c: Context<{ Variables: RequestVariables }>, next: () => Promise<void>): Promise<void> {
  c.set('admitted', true);
  const correlation = c.get('correlation');
  return correlation?.baggage === undefined ? next() : withCorrelation(correlation, next);
}

/** Records the reason of an administrator's action for its log line. */
export function noteReason(c: Context, reason: string | undefined): void {
  if (reason !== undefined) c.set('reason', reason);
}

/** The caller as a log line names it. */
export function callerFields({ publishKey, sub }: Caller = {}): {
  readonly publishKey?: string;
  readonly sub?: string;
} {
  return defined({ publishKey, sub });
}
