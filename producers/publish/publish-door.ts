import { CALL_CHAIN_LENGTH_MAX, callChainLengthOf } from '../../events/carriers/call-chain.ts';
import { correlationOfFlat } from '../../events/carriers/flat-correlation.ts';
import { baggageEntries, cleanBaggage, cleanId, cleanTraceparent } from '../../events/carriers/trace-context.ts';
import type { Correlation } from '../../events/correlation.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { isFigtreeError, type Problem } from '../../events/errors.ts';
import { utcInstant } from '../../events/instant.ts';
import { isJsonObject, type JsonObject } from '../../events/json-object.ts';
import type { ReadablePast, Upcasters } from '../../schema-registry/upcasters.ts';
import { buildEvent, definitionOf, type StatedEvent } from '../build-event.ts';
import { type DoorReader, readEach } from '../door-reader.ts';
import { parseEventData } from '../../events/reading/event-data.ts';
import { addIssues, type Finding, isSelfFollow, problemOf } from '../../events/reading/findings.ts';
import { type Reading, refused } from '../reading.ts';
import {
  checkContentType,
  eventTypeOf,
  readDataschema,
  readName,
  readOptionalName,
  readOptionalText,
  readSequence,
  readSpecversion,
  readTime,
} from '../../events/reading/attributes.ts';
import type { HybridClock } from './hybrid-clock.ts';
import type { Arrival } from '../incoming-item.ts';

/** The entry point for publishers of catalog events, as CloudEvents 1.0 in structured JSON. Output of `GET /events` can
 *  be sent in again: attributes that only the log assigns are ignored. */
export function publishDoor(parts: PublishDoorParts): DoorReader {
  return {
    async read(items, correlation) {
      const surroundings = { ...parts, correlation };
      const readings = readEach(items, (value, index) => readEvent(value, surroundings, items[index]?.arrival));
      return { readings, remembered: [] };
    },
  };
}

export interface PublishDoorParts {
  readonly clock: HybridClock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly upcasters: Pick<Upcasters, 'past'>;
}

interface Surroundings extends PublishDoorParts {
  readonly correlation: Correlation;
}

function readEvent(value: unknown, { clock, now, upcasters, correlation }: Surroundings, arrival?: Arrival): Reading {
  if (!isJsonObject(value)) return refused({ code: 'EVENT_INVALID', message: 'An event must be a JSON object' });
  const findings: Finding[] = [];
  readSpecversion(value['specversion'], findings);
  const id = readName(value['id'], 'id', findings);
  const source = readName(value['source'], 'source', findings);
  const statedName = readName(value['type'], 'type', findings);
  const type = eventTypeOf(statedName);
  if (type === undefined) return unknownType(statedName, findings, value['id']);

  const definition = definitionOf(type);
  checkContentType(value['datacontenttype'], findings);
  const version = readDataschema(value['dataschema'], definition, { statedName, findings });
  const time = readTime(value['time'], findings);
  const sequence = readSequence(value['sequence'], findings);
  const producer = producerOf(value, findings);
  const carried = correlationOf(value, arrival?.correlation ?? correlation, findings);
  refuseLoops(carried, findings);
  // Data of a newer version cannot be checked here.
  if (version > definition.version && findings.length === 0) return newerVersion(definition, version, id);
  if (version > definition.version) return refused(problemOf('EVENT_INVALID', findings), value['id']);
  const past = upcasters.past(type, version);
  const parsed = parseEventData<Readonly<Record<string, unknown>>>(past ?? definition, value['data']);
  if (!parsed.success) {
    const onlySelfFollow = findings.length === 0 && isSelfFollow(parsed.error.issues);
    addIssues(findings, parsed.error.issues, (field) => (field === '' ? 'data' : `data.${field}`));
    if (onlySelfFollow) return refused(problemOf('SELF_FOLLOW', findings), id);
  }
  if (!parsed.success || findings.length > 0) return refused(problemOf('EVENT_INVALID', findings), value['id']);

  const asPast = past && envelopeOfPast(past, parsed.data, id);
  if (asPast !== undefined && 'code' in asPast) return refused(asPast, id);
  if (sequence !== undefined) clock.observe(sequence);
  const stated = {
    type,
    id,
    source,
    data: parsed.data,
    ...defined({ asPast }),
    time: time ?? utcInstant(arrival?.time ?? '') ?? instantOfClock(now()),
    sequence: sequence ?? arrival?.sequence ?? clock.next(),
  };
  return { kind: 'events', events: [{ ...buildEvent(stated, carried), ...producer }] };
}

// A clock that shows a five-digit year is wrong anyway; its timestamps must still be readable when they are sent in
// again.
function instantOfClock(unixMs: number): string {
  return utcInstant(new Date(unixMs).toISOString()) ?? (unixMs < 0 ? FIRST_INSTANT : LAST_INSTANT);
}

const FIRST_INSTANT = '0000-01-01T00:00:00.000Z';
const LAST_INSTANT = '9999-12-31T23:59:59.999Z';

function newerVersion({ type, version: known }: EventDefinition, version: number, id: string): Reading {
  const message = `dataschema names version ${version} of ${type}, but this Figtree supports version ${known}: release it after an upgrade`;
  return refused({ code: 'EVENT_VERSION_NEWER', path: 'dataschema', message }, id);
}

/** An event of a past version is stored as published. Its subject and partition key come from its upcast form; one that
 *  is dropped on upcast is about nothing but itself. */
function envelopeOfPast(
  { dataschema, upcast }: ReadablePast,
  data: Readonly<Record<string, unknown>>,
  id: string,
): NonNullable<StatedEvent['asPast']> | Problem {
  try {
    const [first] = upcast(data);
    if (first === undefined) return { dataschema, subject: id, partitionkey: id };
    const { subject, partitionKey } = definitionOf(first.type);
    return { dataschema, subject: subject(first.data), partitionkey: partitionKey(first.data) };
  } catch (error) {
    if (!isFigtreeError(error, 'EVENT_NOT_UPCAST')) throw error;
    return { code: error.code, path: 'data', message: error.message };
  }
}

function unknownType(name: string, findings: readonly Finding[], id: unknown): Reading {
  if (name === '') return refused(problemOf('EVENT_INVALID', findings), id);
  const message = `type ${JSON.stringify(name.slice(0, 100))} is not in the catalog`;
  return refused({ code: 'EVENT_TYPE_UNKNOWN', path: 'type', message }, id);
}

function producerOf(
  value: JsonObject,
  findings: Finding[],
): Partial<Pick<EventEnvelope, 'producerid' | 'producerseq'>> {
  const producerid = readOptionalName(value['producerid'], 'producerid', findings);
  const producerseq = readOptionalName(value['producerseq'], 'producerseq', findings);
  return defined({ producerid, producerseq });
}

// The event's own attributes come first, then what an old payload carries under `__context__`, then the request's.
function correlationOf(value: JsonObject, ofRequest: Correlation, findings: Finding[]): Correlation {
  const context = isJsonObject(value['data']) ? value['data']['__context__'] : undefined;
  const ofPayload = isJsonObject(context) ? correlationOfFlat(context) : {};
  const own = (name: keyof Correlation) => readOptionalText(value[name], name, findings);
  const correlationid = cleanId(own('correlationid') ?? '') ?? ofPayload.correlationid ?? ofRequest.correlationid;
  const causationid = cleanId(own('causationid') ?? '') ?? ofRequest.causationid;
  const traceparent = cleanTraceparent(own('traceparent') ?? '') ?? ofPayload.traceparent ?? ofRequest.traceparent;
  const baggage = cleanBaggage(baggageEntries(own('baggage'))) ?? ofPayload.baggage ?? ofRequest.baggage;
  return {
    ...defined({ correlationid, causationid, traceparent, baggage }),
  };
}

// A publisher that reacts to an event adds one to the length that the event carried, so an ever-growing length means
// two parties that answer each other endlessly. Here it ends, and the quarantine holds the proof. Legacy changes are
// not checked, because they have already happened.
function refuseLoops(correlation: Correlation, findings: Finding[]): void {
  const length = callChainLengthOf(correlation);
  if (length < CALL_CHAIN_LENGTH_MAX) return;
  findings.push({
    path: 'baggage',
    message: `has a call-chain-length of ${length}: publishers answer each other in a loop`,
  });
}
