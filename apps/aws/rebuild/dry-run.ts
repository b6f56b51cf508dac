import { type EventType, isEventType } from '../../../events/catalog.ts';
import type { EventArchiveReader } from '../../../ports/event-archive.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Upcasters } from '../../../schema-registry/upcasters.ts';
import { dollarsOf, type Usage } from '../prices/prices.ts';
import type { Units } from '../prices/units.ts';
import type { AwsProjection, CountedUnits } from '../projection.ts';
import type { AwsResources } from '../resources.ts';
import { eventReader } from './events.ts';

/** The estimated work and cost of a rebuild. */
export interface AwsRebuildEstimate {
  readonly projection: ProjectionName;
  /** The archive is counted up to this instant; later records are in the stream and are not counted. */
  readonly upTo: string;
  /** Events that the projection would receive, by type. */
  readonly events: Readonly<Record<string, number>>;
  readonly refused: number;
  /** Entries of followers' feeds. */
  readonly feedEntries: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** DynamoDB requests. */
  readonly requests: number;
  readonly objects: number;
  readonly dollars: number;
  /** Duration at the requested rate; undefined without one. */
  readonly seconds?: number;
}

export interface DryRun {
  readonly projection: ProjectionName;
  readonly part: Pick<AwsProjection, 'units' | 'furtherCost'>;
  readonly archive: EventArchiveReader;
  readonly upcasters: Upcasters;
  readonly settings: AwsResources['settings'];
  readonly writeUnitsPerSecond?: number;
  readonly signal: AbortSignal;
}

/** Reads and counts the whole archive, and multiplies by the measured cost of each event type. */
export async function estimateRebuildOnAws(run: DryRun): Promise<AwsRebuildEstimate> {
  const { projection, part, archive, upcasters, signal } = run;
  const upTo = new Date().toISOString();
  const perEvent = await part.units();
  const wanted = upcasters.storedAs(Object.keys(perEvent).filter(isEventType));
  const read = eventReader(upcasters, new Set(wanted));
  const further = part.furtherCost?.(run.settings);
  const events: Partial<Record<EventType, number>> = {};
  let refused = 0;
  let pages = 0;
  for await (const page of archive.read({ from: '0000-01-01T00:00:00.000Z', to: upTo })) {
    signal.throwIfAborted();
    pages += 1;
    for (const record of page.records) {
      const found = read(record);
      if (found === 'refused') refused += 1;
      if (found === 'refused' || found === 'unwanted') continue;
      for (const event of upcasters.current([found])) {
        events[event.type] = (events[event.type] ?? 0) + 1;
        further?.count(event);
      }
    }
  }
  const { feedEntries, units: furtherUnits } = further?.counted() ?? { feedEntries: 0, units: [] };
  const byType = Object.entries(events).map(
    ([type, count]) => [perEvent[type as EventType] ?? NOTHING, count] as const,
  );
  const units = sum([...byType, ...furtherUnits]);
  const usage: Usage = { dynamoWrite: units.writeUnits, dynamoRead: units.readUnits, s3Get: pages };
  const rate = run.writeUnitsPerSecond;
  return {
    projection,
    upTo,
    events,
    refused,
    feedEntries,
    ...units,
    objects: pages,
    dollars: dollarsOf(usage),
    ...(rate !== undefined && { seconds: units.writeUnits / rate }),
  };
}

const NOTHING: Units = { writeUnits: 0, readUnits: 0, requests: 0 };

function sum(parts: readonly CountedUnits[]): Units {
  return parts.reduce(
    (total, [units, count]) => ({
      writeUnits: total.writeUnits + units.writeUnits * count,
      readUnits: total.readUnits + units.readUnits * count,
      requests: total.requests + units.requests * count,
    }),
    NOTHING,
  );
}
