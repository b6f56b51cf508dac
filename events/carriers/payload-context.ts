import type { Correlation } from '../correlation.ts';
import type { EventEnvelope } from '../envelope.ts';
import { FigtreeError } from '../errors.ts';
import { correlationOfFlat, flatOf } from './flat-correlation.ts';
import { isJsonObject } from '../json-object.ts';

// JSON: the flat form is a separate object within the payload. Kinesis, a Lambda's input and DynamoDB items carry it
// so. Figtree's events carry their correlation themselves; for readers without envelopes it is written twice.
const CONTEXT = '__context__';

/** Returns the data of a stream record. With `context` it also has a `__context__`. */
export function kinesisPayload(envelope: EventEnvelope, { context }: { readonly context: boolean }): string {
  if (!context) return JSON.stringify(envelope);
  // Last, so that nothing an event brought along overrides the flow.
  return JSON.stringify({ ...envelope, [CONTEXT]: contextOf({ ...envelope, causationid: envelope.id }) });
}

export interface ReadPayload {
  /** The parsed JSON without `__context__`. */
  readonly value: unknown;
  /** The value's own; that of `__context__` only if it has no `correlationid`. */
  readonly correlation: Correlation;
}

/** Throws NOT_JSON (not retryable) if the text is not JSON; the message repeats nothing of it. */
export function readKinesisPayload(text: string): ReadPayload {
  const parsed = parse(text);
  if (!isJsonObject(parsed)) return { value: parsed, correlation: {} };
  if (!(CONTEXT in parsed)) return { value: parsed, correlation: ownCorrelation(parsed) };
  const { [CONTEXT]: context, ...value } = parsed;
  const own = ownCorrelation(value);
  if (own.correlationid !== undefined || !isJsonObject(context)) return { value, correlation: own };
  return { value, correlation: correlationOfFlat(context) };
}

/** The attribute of a DynamoDB item that is written within a correlation, in the document client's form. */
export function itemContext(correlation: Correlation): { readonly __context__: FlatContext } {
  return { [CONTEXT]: contextOf(correlation) };
}

/** Returns the correlation of an item: a `NewImage` of a DynamoDB stream, where each value states its type, or an item
 *  as it was written. */
export function correlationOfItem(item: Readonly<Record<string, unknown>>): Correlation {
  const attribute = item[CONTEXT];
  if (!isJsonObject(attribute)) return {};
  const map = isJsonObject(attribute['M']) ? attribute['M'] : attribute;
  return correlationOfFlat(Object.fromEntries(Object.entries(map).map(([name, value]) => [name, plain(value)])));
}

type FlatContext = Readonly<Record<string, string | number>>;

function contextOf(correlation: Correlation): FlatContext {
  return Object.fromEntries(
    flatOf(correlation).map(([name, text]) => [name, name === CHAIN && /^\d{1,9}$/.test(text) ? Number(text) : text]),
  );
}

// A number if the carrier has numbers.
const CHAIN = 'call-chain-length';

// Unchanged: the writer of the event has cleaned it, and this runs for every record of a stream.
function ownCorrelation(value: Readonly<Record<string, unknown>>): Correlation {
  const own = ATTRIBUTES.flatMap((name) => (typeof value[name] === 'string' ? [[name, value[name]]] : []));
  return Object.fromEntries(own);
}

const ATTRIBUTES = ['correlationid', 'causationid', 'traceparent', 'baggage'] as const;

function plain(value: unknown): unknown {
  return isJsonObject(value) ? (value['S'] ?? value['N'] ?? value['BOOL']) : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FigtreeError('NOT_JSON', 'The payload is not JSON');
  }
}
