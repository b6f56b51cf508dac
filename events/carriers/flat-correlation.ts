import { type Correlation, parseBaggage } from '../correlation.ts';
import { baggageEntries, cleanBaggage, cleanId, cleanTraceparent, traceIdOf } from './trace-context.ts';

// The flat form, which all carriers share: one name for each id, as the services around the monolith have it since before
// there was W3C Trace Context. Here a flow has a correlation id, a cause, a trace and baggage; whatever else they give names
// to is baggage.

/** Names and values as they came: HTTP headers, message attributes, or the object under `__context__` of a payload. Names in
 *  any case. Values that are not text, numbers or booleans are passed over; of several values of a name the first counts. */
export type FlatCorrelation = Readonly<Record<string, unknown>>;

const PREFIX = 'x-correlation-';
const FLOW = 'x-correlation-id';
/** The event because of which the carrier was sent. Only Figtree writes it. */
const CAUSE = 'x-correlation-causation-id';
// Names that were in use before the prefix was.
const UNPREFIXED = ['call-chain-length', 'debug-log-enabled'];

/** What is carried, empty if it is nothing. `x-correlation-id` names the flow, failing that the trace of a valid
 *  `traceparent`; every other `x-correlation-<name>` becomes the baggage entry <name> and wins over an entry of `baggage`. */
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
    ...(correlationid !== undefined && { correlationid }),
    ...(causationid !== undefined && { causationid }),
    ...(traceparent !== undefined && { traceparent }),
    ...(entries !== undefined && { baggage: entries }),
  };
}

/** The names under which a correlation is carried, the important ones first, for a carrier that has room for few. All of its
 *  baggage is in `baggage`; besides, each entry has a name of its own if that name comes back as the same one. */
export function flatOf({ correlationid, causationid, traceparent, baggage }: Correlation): [string, string][] {
  const entries = Object.entries(parseBaggage(baggage));
  const unprefixed = entries.filter(([name]) => UNPREFIXED.includes(name));
  const prefixed = entries.filter(([name]) => comesBack(name)).map(([name, value]) => [PREFIX + name, value] as const);
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

// Headers lose their case, and message attributes may have few other characters.
function comesBack(name: string): boolean {
  return /^[a-z0-9_-]+$/.test(name) && ![...UNPREFIXED, 'id', 'causation-id'].includes(name);
}

function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  return typeof first === 'number' || typeof first === 'boolean' ? String(first) : undefined;
}
