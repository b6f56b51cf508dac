import type { EventStatus, Deprecation } from '../../events/define-event.ts';
import type {
  CatalogSources,
  DescribedEvent,
  Difference,
  FrozenSource,
  JsonSchema,
  PastSource,
  Verdict,
} from './catalog-sources.ts';
import { type EventField, type EventRule, fieldsOf, readerSchema, rulesOf } from './event-fields.ts';
import type { EventLineage, FieldReads } from './lineage.ts';
import { redact } from '../personal-data.ts';

/** The data from which an event's documents are generated. */
export interface CatalogEvent {
  readonly type: string;
  readonly owner: string;
  readonly summary: string;
  readonly status: EventStatus;
  readonly deprecation?: Deprecation;
  readonly writer: 'validated' | 'unvalidated';
  /** Names of removed fields. */
  readonly reserved: readonly string[];
  /** The fields from which its subject is derived; likewise for its partition key. */
  readonly subject: readonly string[];
  readonly partitionKey: readonly string[];
  readonly rules: readonly EventRule[];
  readonly current: CatalogVersion;
  /** Newest first. */
  readonly past: readonly CatalogVersion[];
  /** Absent: not determined. */
  readonly lineage?: CatalogLineage;
}

export interface CatalogLineage {
  readonly producers: readonly CatalogProducer[];
  readonly consumers: readonly FieldReads[];
}

export interface CatalogProducer {
  readonly name: string;
  /** The resulting event. */
  readonly from: string;
}

export interface CatalogVersion {
  readonly version: number;
  readonly dataschema: string;
  /** What may be sent in this version. */
  readonly schema: JsonSchema;
  readonly fields: readonly EventField[];
  readonly examples: readonly CatalogExample[];
  /** Absent: not frozen, so it may still change. */
  readonly frozen?: { readonly on: string; readonly sha256: string };
  /** From the version before; absent: not compared. */
  readonly differences?: readonly Difference[];
  readonly verdict?: Verdict;
}

export interface CatalogExample {
  readonly name: string;
  readonly data: object;
  /** Its personal parts are masked, so it need not match the schema. */
  readonly redacted: boolean;
}

/** The events in the order of the catalog. */
export function catalogModel(sources: CatalogSources): CatalogEvent[] {
  return Object.values(sources.definitions).map((definition) => eventOf(definition, sources));
}

function eventOf(definition: DescribedEvent, sources: CatalogSources): CatalogEvent {
  const { type, owner, summary, status, deprecation, writer, reserved } = definition;
  const lineage = sources.lineage && lineageOf(sources.lineage.events[type]);
  return {
    type,
    owner,
    summary,
    status,
    writer,
    reserved,
    ...(deprecation && { deprecation }),
    subject: fieldsReadBy(definition.subject, definition.examples),
    partitionKey: fieldsReadBy(definition.partitionKey, definition.examples),
    rules: rulesOf(definition.data),
    current: currentVersion(definition, sources),
    past: pastVersionsOf(definition, sources),
    ...(lineage && { lineage }),
  };
}

const NOBODY = { producers: [], consumers: [] };

/** Producers by their door: everything derived from the monolith's changes is one, all publishers are another. */
function lineageOf({ producers, consumers }: Pick<EventLineage, 'producers' | 'consumers'> = NOBODY): CatalogLineage {
  const changes = producers.flatMap(({ door, change }) => (door === 'legacy' && change !== undefined ? [change] : []));
  const published = producers.some(({ door }) => door === 'events');
  return {
    producers: [
      ...(changes.length === 0 ? [] : [{ name: 'legacy-changes', from: changes.join(', ') }]),
      ...(published ? [{ name: 'publishers', from: 'POST /events' }] : []),
    ],
    consumers,
  };
}

function currentVersion(definition: DescribedEvent, sources: CatalogSources): CatalogVersion {
  const { type, version } = definition;
  const schema = readerSchema(definition.data);
  const numbered = definition.examples.length > 1;
  const examples = definition.examples.map((data, index) => {
    return { name: numbered ? `Example ${index + 1}` : 'Example', data, redacted: false };
  });
  return { ...versionOf({ type, version, schema }, sources), examples };
}

function pastVersionsOf({ type, version: current }: DescribedEvent, sources: CatalogSources): CatalogVersion[] {
  const schemas = new Map<number, JsonSchema>();
  for (const past of sources.pastVersions ?? []) {
    if (past.type === type) schemas.set(past.version, readerSchema(past.data));
  }
  // What was frozen is what was published, however the current zod renders the code.
  for (const { frozen } of sources.frozen ?? []) {
    if (frozen.type === type) schemas.set(frozen.version, frozen.reader as JsonSchema);
  }
  return [...schemas]
    .filter(([version]) => version < current)
    .toSorted(([a], [b]) => b - a)
    .map(([version, schema]) => versionOf({ type, version, schema }, sources));
}

interface VersionSchema {
  readonly type: string;
  readonly version: number;
  readonly schema: JsonSchema;
}

function versionOf({ type, version, schema }: VersionSchema, sources: CatalogSources): CatalogVersion {
  const source = sources.frozen?.find(({ frozen }) => frozen.type === type && frozen.version === version);
  const compared = sources.differences?.find((found) => found.type === type && found.version === version);
  const past = sources.pastVersions?.find((found) => found.type === type && found.version === version);
  return {
    version,
    dataschema: `figtree:${type}:${version}`,
    schema,
    fields: fieldsOf(schema),
    examples: samplesOf(source, past),
    ...(source && { frozen: { on: source.frozen.frozenOn, sha256: source.frozen.sha256 } }),
    ...(compared && { differences: compared.differences }),
    ...(compared?.verdict && { verdict: compared.verdict }),
  };
}

const EXAMPLES_MAX = 2;

/** Chosen samples, or else a generated one. Samples from a log are shown without personal text, even if they were
 *  cleaned before; if no schema tells which text is personal, they are not shown. */
function samplesOf(source: FrozenSource | undefined, past: PastSource | undefined): CatalogExample[] {
  const samples = (source?.samples ?? []).filter(({ origin }) => origin !== 'log' || past !== undefined);
  const chosen = samples.filter(({ origin }) => origin !== 'generated').slice(0, EXAMPLES_MAX);
  return (chosen.length > 0 ? chosen : samples.slice(0, 1)).map(({ name, origin, data }) => {
    const shown = origin === 'log' && past !== undefined ? redact(past, data) : data;
    return { name, data: shown, redacted: origin === 'log' };
  });
}

/** Which fields of an event a function reads, determined by letting it read the examples. */
function fieldsReadBy(read: (data: never) => string, examples: readonly object[]): string[] {
  const names = new Set<string>();
  for (const example of examples) {
    const watched = new Proxy(example, {
      get: (data, name) => {
        if (typeof name === 'string') names.add(name);
        return Reflect.get(data, name) as unknown;
      },
    });
    read(watched as never);
  }
  return [...names];
}
