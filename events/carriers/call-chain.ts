import { type Correlation, parseBaggage } from '../correlation.ts';
import { cleanBaggage } from './trace-context.ts';
import { defined } from '../defined.ts';

// Two baggage entries that every participant of a flow maintains: how many have taken part, and whether to log
// everything.

const LENGTH = 'call-chain-length';
const DEBUG = 'debug-log-enabled';

/** A longer chain of calls is a loop. */
export const CALL_CHAIN_LENGTH_MAX = 10;

/** How many have taken part so far; 0 if the entry is missing. */
export function callChainLengthOf({ baggage }: Correlation): number {
  const length = Number(parseBaggage(baggage)[LENGTH] ?? 0);
  return length > 0 ? length : 0;
}

/** The correlation for work that was caused by a call with this one. Call it once per request, and once per record of a
 *  batch: one count for a whole batch would never end a loop. */
export function calledWith(correlation: Correlation): Correlation {
  return withEntry(correlation, LENGTH, String(Math.floor(callChainLengthOf(correlation)) + 1));
}

/** Decides once for a whole flow whether it is logged in full: where the flow begins; everything downstream uses that
 *  decision. `rate` is between 0 (never) and 1. */
export function withSampling(correlation: Correlation, rate: number, random: () => number = Math.random): Correlation {
  if (DEBUG in parseBaggage(correlation.baggage)) return correlation;
  return withEntry(correlation, DEBUG, String(random() < rate));
}

export function isLoggedInFull({ baggage }: Correlation): boolean {
  return parseBaggage(baggage)[DEBUG] === 'true';
}

// First, so that full-length baggage leaves room for it.
function withEntry(correlation: Correlation, name: string, value: string): Correlation {
  const baggage = cleanBaggage([[name, value], ...Object.entries(parseBaggage(correlation.baggage))]);
  return { ...correlation, ...defined({ baggage }) };
}
