import { type Correlation, parseBaggage } from '../correlation.ts';
import { cleanBaggage } from './trace-context.ts';

// Two entries of the baggage that whoever takes part in a flow keeps up: how many have, and whether they should log all.

const LENGTH = 'call-chain-length';
const DEBUG = 'debug-log-enabled';

/** Who has been called by so many one after the other is in a loop. */
export const CALL_CHAIN_LENGTH_MAX = 10;

/** How many have taken part so far; 0 if nobody counted. */
export function callChainLengthOf({ baggage }: Correlation): number {
  const length = Number(parseBaggage(baggage)[LENGTH] ?? 0);
  return length > 0 ? length : 0;
}

/** The correlation of what somebody does who was called with this one. It is asked for once for each request, and for each
 *  record of a batch: one count for a whole batch would never end a loop. */
export function calledWith(correlation: Correlation): Correlation {
  return withEntry(correlation, LENGTH, String(Math.floor(callChainLengthOf(correlation)) + 1));
}

/** Decides once for a whole flow whether it is logged in full: whoever begins it rolls, and everybody else finds it decided.
 *  `rate` is between 0 (nobody) and 1. */
export function withSampling(correlation: Correlation, rate: number, random: () => number = Math.random): Correlation {
  if (DEBUG in parseBaggage(correlation.baggage)) return correlation;
  return withEntry(correlation, DEBUG, String(random() < rate));
}

export function isLoggedInFull({ baggage }: Correlation): boolean {
  return parseBaggage(baggage)[DEBUG] === 'true';
}

// First, so that it is not what baggage of the full length has no room for.
function withEntry(correlation: Correlation, name: string, value: string): Correlation {
  const baggage = cleanBaggage([[name, value], ...Object.entries(parseBaggage(correlation.baggage))]);
  return { ...correlation, ...(baggage !== undefined && { baggage }) };
}
