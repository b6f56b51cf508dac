import { AsyncLocalStorage } from 'node:async_hooks';

/** The context shared by everything that one request causes. */
export interface Correlation {
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  readonly baggage?: string;
}

/** What is being handled, for the calls of its handlers to other systems. */
export interface CurrentHandling {
  /** Absent in a fold of the past, whose events are not told apart. */
  readonly event?: { readonly source: string; readonly id: string };
  /** Whether the past is applied again: then nothing may leave the system. */
  isReplay(): boolean;
}

interface Context {
  readonly correlation: Correlation;
  readonly handling: CurrentHandling | undefined;
}

const current = new AsyncLocalStorage<Context>();

/** Runs `work` so that log lines, published events and calls to other systems inside it carry `correlation` implicitly.
 *  Stored per async context, never globally: two records handled at once must not see each other's. */
export function withCorrelation<Result>(
  correlation: Correlation,
  work: () => Result,
  handling?: CurrentHandling,
): Result {
  return current.run({ correlation, handling }, work);
}

/** Empty outside of `withCorrelation`. */
export function currentCorrelation(): Correlation {
  return current.getStore()?.correlation ?? {};
}

/** Undefined outside of a handler. */
export function currentHandling(): CurrentHandling | undefined {
  return current.getStore()?.handling;
}

/** Returns the entries of W3C Baggage text, percent-decoded, without their properties. Unreadable entries are
 *  omitted. */
export function parseBaggage(baggage: string | undefined): Record<string, string> {
  const entries: [string, string][] = [];
  for (const member of baggage?.split(',') ?? []) {
    const [pair = ''] = member.split(';');
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    try {
      entries.push([pair.slice(0, equals).trim(), decodeURIComponent(pair.slice(equals + 1).trim())]);
    } catch {
      continue;
    }
  }
  // Not by assignment, which behaves differently for `__proto__`.
  return Object.fromEntries(entries);
}

/** W3C Baggage text, or undefined if there is nothing to carry. */
export function formatBaggage(entries: Readonly<Record<string, string>>): string | undefined {
  const members = Object.entries(entries).map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  return members.length === 0 ? undefined : members.join(',');
}
