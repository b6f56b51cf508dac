import { AsyncLocalStorage } from 'node:async_hooks';

/** The context shared by everything that one request causes. */
export interface Correlation {
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  readonly baggage?: string;
}

const current = new AsyncLocalStorage<Correlation>();

/** Runs `work` so that log lines and published events inside it carry `correlation` implicitly. Stored per async
 *  context, never globally: two records handled at once must not see each other's. */
export function withCorrelation<Result>(correlation: Correlation, work: () => Result): Result {
  return current.run(correlation, work);
}

/** Empty outside of `withCorrelation`. */
export function currentCorrelation(): Correlation {
  return current.getStore() ?? {};
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
