import type { Correlation } from '../../events/correlation.ts';
import { parseBaggage } from '../../events/correlation.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { buildEvent, definitionOf } from '../build-event.ts';
import { type Arrival, type DoorReader, readEach } from '../door-reader.ts';
import { addIssues, type Finding, isSelfFollow, problemOf } from '../findings.ts';
import { isJsonObject, type JsonObject, type Reading, refused } from '../reading.ts';
import { requestCorrelation } from '../request-correlation.ts';
import { baggageEntries, cleanBaggage, cleanId, cleanTraceparent } from '../trace-context.ts';
import {
  checkContentType,
  checkDataschema,
  eventTypeOf,
  readName,
  readOptionalName,
  readOptionalText,
  readSequence,
  readSpecversion,
  readTime,
} from './attributes.ts';
import type { HybridClock } from './hybrid-clock.ts';

/** The way in for those who publish events of the catalog themselves, as CloudEvents 1.0 in structured JSON. What
 *  `GET /events` gives can be sent in again: attributes that only the log gives out are passed over. */
export function publishDoor(clock: HybridClock, now: () => number): DoorReader {
  return {
    async read(items, correlation) {
      const surroundings = { clock, now, correlation };
      const readings = readEach(items, (value, index) => readEvent(value, surroundings, items[index]?.arrival));
      return { readings, remembered: [] };
    },
  };
}

interface Surroundings {
  readonly clock: HybridClock;
  readonly now: () => number;
  readonly correlation: Correlation;
}

function readEvent(value: unknown, { clock, now, correlation }: Surroundings, arrival?: Arrival): Reading {
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
  checkDataschema(value['dataschema'], definition, { statedName, findings });
  const time = readTime(value['time'], findings);
  const sequence = readSequence(value['sequence'], findings);
  const producer = producerOf(value, findings);
  const carried = correlationOf(value, arrival?.correlation ?? correlation, findings);
  refuseLoops(carried, findings);
  const parsed = definition.safeParse(value['data']);
  if (!parsed.success) {
    const onlySelfFollow = findings.length === 0 && isSelfFollow(parsed.error.issues);
    addIssues(findings, parsed.error.issues, (field) => (field === '' ? 'data' : `data.${field}`));
    if (onlySelfFollow) return refused(problemOf('SELF_FOLLOW', findings), id);
  }
  if (!parsed.success || findings.length > 0) return refused(problemOf('EVENT_INVALID', findings), value['id']);

  if (sequence !== undefined) clock.observe(sequence);
  const stated = {
    type,
    id,
    source,
    data: parsed.data,
    time: time ?? arrival?.time ?? new Date(now()).toISOString(),
    sequence: sequence ?? arrival?.sequence ?? clock.next(),
  };
  return { kind: 'events', events: [{ ...buildEvent(stated, carried), ...producer }] };
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
  return { ...(producerid !== undefined && { producerid }), ...(producerseq !== undefined && { producerseq }) };
}

// The event's own attributes come first, then what an old payload carries under `__context__`, then the request's.
function correlationOf(value: JsonObject, ofRequest: Correlation, findings: Finding[]): Correlation {
  const context = isJsonObject(value['data']) ? value['data']['__context__'] : undefined;
  const ofPayload = isJsonObject(context) ? requestCorrelation(context) : {};
  const own = (name: keyof Correlation) => readOptionalText(value[name], name, findings);
  const correlationid = cleanId(own('correlationid') ?? '') ?? ofPayload.correlationid ?? ofRequest.correlationid;
  const causationid = cleanId(own('causationid') ?? '') ?? ofRequest.causationid;
  const traceparent = cleanTraceparent(own('traceparent') ?? '') ?? ofPayload.traceparent ?? ofRequest.traceparent;
  const baggage = cleanBaggage(baggageEntries(own('baggage'))) ?? ofPayload.baggage ?? ofRequest.baggage;
  return {
    ...(correlationid !== undefined && { correlationid }),
    ...(causationid !== undefined && { causationid }),
    ...(traceparent !== undefined && { traceparent }),
    ...(baggage !== undefined && { baggage }),
  };
}

const CALL_CHAIN_LENGTH_MAX = 10;

// Whoever publishes because of an event adds one to the length that the event carried, so a length that keeps growing is
// two parties who answer each other for ever. Here it ends, and the quarantine holds the proof. Changes of the legacy
// are not looked at: they have happened already.
function refuseLoops({ baggage }: Correlation, findings: Finding[]): void {
  if (baggage === undefined) return;
  const length = Number(parseBaggage(baggage)['call-chain-length']);
  if (length < CALL_CHAIN_LENGTH_MAX || Number.isNaN(length)) return;
  findings.push({
    path: 'baggage',
    message: `has a call-chain-length of ${length}: publishers answer each other in a loop`,
  });
}
