import { type Correlation, parseBaggage } from '../correlation.ts';
import { baggageEntries, cleanBaggage, cleanId, cleanTraceparent, traceIdOf } from './trace-context.ts';
import { defined } from '../defined.ts';

// The flat form shared by all carriers: one name per id, as the services around the monolith used before W3C Trace
// Context existed. Here a flow has a correlation id, a cause, a trace and baggage; every other named value is baggage.

/** Names and values as received: HTTP headers, message attributes, or the object under `__context__` of a payload.
 *  Names in any case. Values that are not text, numbers or booleans are skipped; of several values of a name the first
 *  counts. */
export type FlatCorrelation = Readonly<Record<string, unknown>>;

const PREFIX = 'x-correlation-';
const FLOW = 'x-correlation-id';
/** The event that caused the carrier to be sent. Only Figtree writes it. */
const CAUSE = 'x-correlation-causation-id';
// Names that predate the prefix.
const UNPREFIXED = ['call-chain-length', 'debug-log-enabled'];

/** Returns the carried correlation, empty if there is none. `x-correlation-id` names the flow, otherwise the trace of a
 *  valid `traceparent`; every other `x-correlation-<name>` becomes the baggage entry <name> and overrides an entry of
 *  `baggage`. */
export function correlationOfFlat(carrier: FlatCorrelation): Correlation {
  let correlationid: string | undefined;
  let causationid: string | undefined;
  let traceparent: string | undefined;
  let baggage: [string, string][] = [];
  const named: [string, string][] = [];
  for (const [anyCase, value] of Object.entries(carrier)) {
    const name = anyCase.toLowerCase();
    const text = textOf(value);
    if (text === undefined) continue;
    if (name === FLOW) correlationid = cleanId(text);
    else if (name === CAUSE) causationid = cleanId(text);
    else if (name === 'traceparent') traceparent = cleanTraceparent(text);
    else if (name === 'baggage') baggage = baggageEntries(Array.isArray(value) ? value.join(',') : text);
    else if (name.startsWith(PREFIX)) named.push([name.slice(PREFIX.length), text]);
    else if (UNPREFIXED.includes(name)) named.push([name, text]);
  }
  if (correlationid === undefined && traceparent !== undefined) correlationid = traceIdOf(traceparent);
  const entries = cleanBaggage([...named, ...baggage]);
  return {
    ...defined({ correlationid, causationid, traceparent, baggage: entries }),
  };
}

/** The names under which a correlation is carried, most important first, for carriers with few names. `baggage` has all
 *  of the baggage; each entry also has its own name if that name survives a round trip. */
export function flatOf({ correlationid, causationid, traceparent, baggage }: Correlation): [string, string][] {
  const entries = Object.entries(parseBaggage(baggage));
  const unprefixed = entries.filter(([name]) => UNPREFIXED.includes(name));
  const prefixed = entries
    .filter(([name]) => survivesRoundTrip(name))
    .map(([name, value]) => [PREFIX + name, value] as const);
  const flat = [
    [FLOW, correlationid],
    [CAUSE, causationid],
    ['traceparent', traceparent],
    ['baggage', baggage],
    ...unprefixed,
    ...prefixed,
  ] as const;
  return flat.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]));
}

// Headers lose their case, and message attributes allow few other characters.
function survivesRoundTrip(name: string): boolean {
  return /^[a-z0-9_-]+$/.test(name) && ![...UNPREFIXED, 'id', 'causation-id'].includes(name);
}

function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  return typeof first === 'number' || typeof first === 'boolean' ? String(first) : undefined;
}
