import type { Correlation } from '../events/correlation.ts';
import { baggageEntries, cleanBaggage, cleanId, cleanTraceparent, traceIdOf } from './trace-context.ts';

/** Names and values as they came: HTTP headers, or the flat object under `__context__` of an old payload. Names in any
 *  case. Values that are not text, numbers or booleans are passed over; of several values of a name the first counts. */
export type CorrelationCarrier = Readonly<Record<string, unknown>>;

const PREFIX = 'x-correlation-';
// Names that were in use before the prefix was.
const LEGACY_NAMES = new Set(['debug-log-enabled', 'call-chain-length']);

/** The correlation that a request carries, empty if it carries none. `x-correlation-id` names the flow, failing that the
 *  trace of a valid `traceparent`; every other `x-correlation-<name>` becomes the baggage entry <name> and wins over an
 *  entry of the `baggage` header. */
export function requestCorrelation(carrier: CorrelationCarrier): Correlation {
  let correlationid: string | undefined;
  let traceparent: string | undefined;
  let baggage: [string, string][] = [];
  const named: [string, string][] = [];
  for (const [anyCase, value] of Object.entries(carrier)) {
    const name = anyCase.toLowerCase();
    const text = textOf(value);
    if (text === undefined) continue;
    if (name === 'x-correlation-id') correlationid = cleanId(text);
    else if (name === 'traceparent') traceparent = cleanTraceparent(text);
    else if (name === 'baggage') baggage = baggageEntries(Array.isArray(value) ? value.join(',') : text);
    else if (name.startsWith(PREFIX)) named.push([name.slice(PREFIX.length), text]);
    else if (LEGACY_NAMES.has(name)) named.push([name, text]);
  }
  if (correlationid === undefined && traceparent !== undefined) correlationid = traceIdOf(traceparent);
  const entries = cleanBaggage([...named, ...baggage]);
  return {
    ...(correlationid !== undefined && { correlationid }),
    ...(traceparent !== undefined && { traceparent }),
    ...(entries !== undefined && { baggage: entries }),
  };
}

function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  return typeof first === 'number' || typeof first === 'boolean' ? String(first) : undefined;
}
