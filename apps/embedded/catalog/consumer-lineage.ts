import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Consumer, Handler, HandlerContext, Log } from '../../../consumers/runtime/consumer.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import type { EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import type { Subscription } from '../../../schema-registry/check/subscriber-check.ts';
import { type FieldReads, recordingReads } from '../../../schema-registry/documents/lineage.ts';
import { type HistoryEvent, sampleHistory } from '../../../schema-registry/samples/sample-history.ts';
import type { CurrentCode } from '../../../schema-registry/stored-reading.ts';
import { projections } from '../../projections/registry.ts';
import type { OpenProjection } from '../projection.ts';

/** Opens a projection with its file in a folder. */
export type OpenByName = Readonly<Record<string, (folder: string) => Promise<OpenProjection>>>;

/** Reads that a handler makes only in a certain state are found by chance. With 125 events, every seed that was tried finds all
 *  of them (decision 0051). */
const EVENTS = 500;
const SEED = 1;
const START_SECONDS = 1_456_124_520;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
// Nothing may leave the system, so reads that a handler makes only outside of a replay are not found.
const context: HandlerContext = { replay: true, log: silent };

/** The projections of this engine. A few followers already make a celebrity, so that both ways of fan-out run. */
export const engineProjections: OpenByName = Object.fromEntries(
  projections.map(({ name, embedded }) => [
    name,
    async (folder: string) => {
      const tracer = createTracer(silent, catalogPersonalWords());
      const settings = { feedLength: 10, celebrityFollowers: 1 };
      return (await embedded.load()).open(join(folder, `${name}.db`), tracer, settings);
    },
  ]),
);

export type ReadsByType = ReadonlyMap<string, readonly FieldReads[]>;

/** Finds which fields of which events each consumer reads, by having it handle a generated history whose data records its
 *  reads. Each consumer has stores of its own in a temporary folder. */
export async function consumerReads(code: CurrentCode, open: OpenByName = engineProjections): Promise<ReadsByType> {
  const history = sampleHistory(code, { seed: SEED, events: EVENTS });
  const folder = mkdtempSync(join(tmpdir(), 'figtree-lineage-'));
  const found = new Map<string, FieldReads[]>();
  try {
    for (const [projection, openIn] of Object.entries(open)) {
      const opened = await openIn(folder);
      try {
        for (const { consumer, reads } of await readsOf(opened, history, code)) {
          for (const [type, fields] of reads) {
            const ofType = found.get(type) ?? [];
            found.set(type, ofType);
            ofType.push({ consumer, projection, fields: [...fields].toSorted() });
          }
        }
      } finally {
        opened.file.close();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

/** The subscriptions of the projections' consumers. */
export async function consumerSubscriptions(open: OpenByName = engineProjections): Promise<Subscription[]> {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-subscriptions-'));
  try {
    const subscriptions: Subscription[] = [];
    for (const openIn of Object.values(open)) {
      const { consumers, file } = await openIn(folder);
      file.close();
      subscriptions.push(...consumers.map(({ name, on }) => ({ consumer: name, types: Object.keys(on) })));
    }
    return subscriptions;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Reads {
  readonly consumer: string;
  readonly reads: Map<string, Set<string>>;
}

async function readsOf({ file, consumers }: OpenProjection, history: readonly HistoryEvent[], code: CurrentCode) {
  const found = consumers.map(({ name, on }): Reads => ({
    consumer: name,
    reads: new Map(Object.keys(on).map((type) => [type, new Set()])),
  }));
  await file.commit(async () => {
    for (const [at, event] of history.entries()) {
      for (const [index, consumer] of consumers.entries()) {
        const reads = found[index]?.reads.get(event.type);
        if (reads === undefined) continue;
        // A handler that fails at a generated event has read some of its fields before.
        await file.attempt(() => handle(consumer, recorded(event, at + 1, { code, reads }))).catch(() => {});
      }
    }
    return history.length;
  });
  return found;
}

async function handle({ on }: Consumer, event: RecordedEvent): Promise<void> {
  // The catalog ties a type to its data; looked up by a type that is not known before, the handler has to be widened.
  const handler = on[event.type] as unknown as Handler<EventType> | undefined;
  await handler?.(event, context);
}

interface Watching {
  readonly code: CurrentCode;
  readonly reads: Set<string>;
}

function recorded({ type, data, order }: HistoryEvent, position: number, { code, reads }: Watching): RecordedEvent {
  const time = new Date((START_SECONDS + position) * 1000).toISOString();
  const watched = recordingReads(structuredClone(data), (path) => void reads.add(path));
  const definition = code.current.get(type);
  const event = {
    specversion: '1.0',
    id: `lineage-${position}`,
    source: 'urn:example:lineage',
    type,
    time,
    datacontenttype: 'application/json',
    dataschema: `figtree:${type}:${definition?.version}`,
    sequence: sequenceOf(START_SECONDS, order),
    correlationid: `lineage-${position}`,
    position,
    recordedtime: time,
    data: watched,
    // They are derived from fields, so reading them reads those fields.
    get subject() {
      return definition?.subject(watched);
    },
    get partitionkey() {
      return definition?.partitionKey(watched);
    },
  };
  return event as unknown as RecordedEvent;
}
