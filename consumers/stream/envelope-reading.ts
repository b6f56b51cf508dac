import { catalog, isEventType } from '../../events/catalog.ts';
import type { Correlation } from '../../events/correlation.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { Problem } from '../../events/errors.ts';
import {
  checkContentType,
  readDataschema,
  readName,
  readOptionalName,
  readSequence,
  readSpecversion,
  readTime,
} from '../../events/reading/attributes.ts';
import { parseEventData } from '../../events/reading/event-data.ts';
import { addIssues, type Finding, problemOf } from '../../events/reading/findings.ts';
import type { Upcasters } from '../../schema-registry/upcasters.ts';

type Attributes = Readonly<Record<string, unknown>>;

// The publish door completes what a publisher leaves out. That is impossible here: a record that is delivered again
// would be given another time or sequence.

/** How records are read: with which upcasters, and which types are handled. */
export interface ReadingRules {
  readonly upcasters: Pick<Upcasters, 'past'>;
  readonly wanted: ReadonlySet<string>;
}

/** Validates an event as it was published, from a stream that others may write to as well: complete, of the catalog,
 *  with data that matches the schema of its version and with the key that the catalog defines. Returns the problem if
 *  it is invalid, and undefined if no consumer handles its type; then it is not validated. `key` is the record's,
 *  `correlation` what the record carries. */
export function readEnvelope(
  value: Attributes,
  { key, correlation }: { readonly key: string; readonly correlation: Correlation },
  { upcasters, wanted }: ReadingRules,
): EventEnvelope | Problem | undefined {
  const name = value['type'];
  if (typeof name === 'string' && isEventType(name) && !wanted.has(name)) return undefined;
  const findings: Finding[] = [];
  readSpecversion(value['specversion'], findings);
  const id = readName(value['id'], 'id', findings);
  const source = readName(value['source'], 'source', findings);
  const type = readName(value['type'], 'type', findings);
  if (!isEventType(type)) return unknownType(type, findings);

  const definition: EventDefinition = catalog[type];
  checkContentType(value['datacontenttype'], findings);
  requirePresent(value, findings);
  const version = readDataschema(value['dataschema'], definition, { statedName: type, findings });
  const time = readTime(value['time'], findings) ?? '';
  const sequence = readSequence(value['sequence'], findings) ?? '';
  const subject = readName(value['subject'], 'subject', findings);
  const partitionkey = readName(value['partitionkey'], 'partitionkey', findings);
  if (partitionkey !== key) findings.push(otherThan('partitionkey', 'the partition key of the record'));
  const data = readData(value['data'], { definition, version, upcasters, findings });
  if (version === definition.version && data !== undefined && findings.length === 0) {
    if (definition.subject(data) !== subject) findings.push(otherThan('subject', 'the data'));
    if (definition.partitionKey(data) !== partitionkey) findings.push(otherThan('partitionkey', 'the data'));
  }
  const more = optionalAttributes(value, { correlationid: id, ...correlation }, findings);
  if (findings.length > 0) return problemOf('EVENT_INVALID', findings);
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time,
    datacontenttype: 'application/json',
    dataschema: value['dataschema'],
    subject,
    partitionkey,
    sequence,
    ...more,
    data,
  } as unknown as EventEnvelope;
}

const REQUIRED = ['time', 'dataschema', 'sequence', 'data'];

function requirePresent(value: Attributes, findings: Finding[]): void {
  for (const path of REQUIRED) {
    if (value[path] === undefined || value[path] === null) findings.push({ path, message: 'is missing' });
  }
}

function otherThan(path: string, what: string): Finding {
  return { path, message: `does not match ${what}` };
}

interface DataReading {
  readonly definition: EventDefinition;
  readonly version: number;
  readonly upcasters: Pick<Upcasters, 'past'>;
  readonly findings: Finding[];
}

/** Removes undeclared keys. Data of a newer version cannot be checked here: consumers refuse such an event, and it
 *  waits for an upgrade. */
function readData(data: unknown, { definition, version, upcasters, findings }: DataReading): Attributes | undefined {
  if (data === undefined || data === null) return undefined;
  if (version > definition.version) {
    if (typeof data === 'object') return data as Attributes;
    findings.push({ path: 'data', message: 'must be an object' });
    return undefined;
  }
  const past = version === definition.version ? undefined : upcasters.past(definition.type, version);
  const parsed = parseEventData<Attributes>(past ?? definition, data);
  if (parsed.success) return parsed.data;
  addIssues(findings, parsed.error.issues, (field) => (field === '' ? 'data' : `data.${field}`));
  return undefined;
}

function unknownType(name: string, findings: readonly Finding[]): Problem {
  if (name === '') return problemOf('EVENT_INVALID', findings);
  const message = `type ${JSON.stringify(name.slice(0, 100))} is not in the catalog`;
  return { code: 'EVENT_TYPE_UNKNOWN', path: 'type', message };
}

function optionalAttributes(
  value: Attributes,
  { correlationid = '', causationid, traceparent, baggage }: Correlation,
  findings: Finding[],
): Partial<EventEnvelope> {
  const producerid = readOptionalName(value['producerid'], 'producerid', findings);
  const producerseq = readOptionalName(value['producerseq'], 'producerseq', findings);
  return {
    correlationid,
    ...defined({ causationid, traceparent, baggage, producerid, producerseq }),
  };
}
