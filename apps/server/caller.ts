import type { Context } from 'hono';
import { type Correlation, withCorrelation } from '../../events/correlation.ts';

/** Who has proved what they are: a publish key by its name, or a token by its `sub`. */
export interface Caller {
  readonly publishKey?: string;
  readonly sub?: string;
  /** When the proof ends, in milliseconds since 1970; undefined if it does not. */
  readonly expiresAt?: number;
}

/** What is known of a request while it is handled. */
export interface RequestVariables {
  requestId: string;
  /** As the request carries it, and believed once the request is admitted. */
  correlation?: Correlation;
  /** Set as soon as the proof is found valid, also where it is not enough. */
  caller?: Caller;
  admitted?: boolean;
  /** What the publish key of the request ties its sources to. */
  sourcePrefix?: string;
  /** Why an administrator does it, in their own words. */
  reason?: string;
}

/** Who has proved to be asking, as one text for each: what limits are counted by. Empty where nothing has to be proved. A
 *  credential that is not valid makes nobody another caller. */
export function callerKey({ publishKey, sub }: Caller = {}): string {
  if (publishKey !== undefined) return `key ${publishKey}`;
  return sub === undefined ? '' : `user ${sub}`;
}

/** Lets a request on that may do what it asks for. From here on its baggage counts, which writes into log lines and can
 *  turn debug lines on: anybody could do that before. */
export function admit(c: Context<{ Variables: RequestVariables }>, next: () => Promise<void>): Promise<void> {
  c.set('admitted', true);
  const correlation = c.get('correlation');
  return correlation?.baggage === undefined ? next() : withCorrelation(correlation, next);
}

/** Keeps why an administrator does what they do, for the line that tells who did it. */
export function noteReason(c: Context, reason: string | undefined): void {
  if (reason !== undefined) c.set('reason', reason);
}

/** The caller as a log line names it. */
export function callerFields({ publishKey, sub }: Caller = {}): {
  readonly publishKey?: string;
  readonly sub?: string;
} {
  return { ...(publishKey !== undefined && { publishKey }), ...(sub !== undefined && { sub }) };
}
