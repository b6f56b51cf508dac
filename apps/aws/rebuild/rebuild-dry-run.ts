import { type EventType, isEventType } from '../../../events/catalog.ts';
import type { HandledEvent } from '../../../events/envelope.ts';
import type { EventArchiveReader } from '../../../ports/event-archive.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Upcasters } from '../../../schema-registry/upcasters.ts';
import { measuredUnits } from '../prices/measured-units.ts';
import { dollarsOf, type Usage } from '../prices/prices.ts';
import type { MeasuredUnits, Units } from '../prices/prices-per-million.ts';
import { eventReader } from './rebuild-events.ts';

/** What a rebuild would do, without anything of it being done. */
export interface AwsRebuildEstimate {
  readonly projection: ProjectionName;
  /** Of the archive, up to then: what came since is in the stream as well, and is not counted. */
  readonly upTo: string;
  /** Events that the projection would be given, by type. */
  readonly events: Readonly<Record<string, number>>;
  readonly refused: number;
  /** Of followers' feeds. */
  readonly feedEntries: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** To DynamoDB. */
  readonly requests: number;
  readonly objects: number;
  readonly dollars: number;
  /** At the rate that was asked for; undefined without one. */
  readonly seconds?: number;
}

export interface DryRun {
  readonly projection: ProjectionName;
  readonly archive: EventArchiveReader;
  readonly upcasters: Upcasters;
  /** Authors with more followers are not fanned out. */
  readonly celebrityFollowers: number;
  readonly writeUnitsPerSecond?: number;
  readonly measured?: MeasuredUnits;
  readonly signal: AbortSignal;
}

/** Reads all of the archive and counts. What an event takes is what it took when it was measured; followers are counted by their
 *  follows and unfollows, as if nobody did either twice. */
export async function estimateRebuildOnAws(run: DryRun): Promise<AwsRebuildEstimate> {
  const { projection, archive, upcasters, signal, measured = measuredUnits } = run;
  const upTo = new Date().toISOString();
  const perEvent = measured.events[projection];
  const wanted = upcasters.storedAs(Object.keys(perEvent).filter(isEventType));
  const read = eventReader(upcasters, new Set(wanted));
  const feeds = countedFeeds(projection === 'feed' ? run.celebrityFollowers : -1);
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
        feeds.count(event);
      }
    }
  }
  const { entries: feedEntries, pulled } = feeds.counted();
  const units = sum([
    ...(Object.entries(events) as [EventType, number][]).map(
      ([type, count]) => [perEvent[type] ?? NOTHING, count] as const,
    ),
    [measured.feedEntry, feedEntries],
    [measured.pulledYubl, pulled],
    [perEvent['yubl-posted'] ?? NOTHING, -pulled],
  ]);
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

function sum(parts: readonly (readonly [Units, number])[]): Units {
  return parts.reduce(
    (total, [units, count]) => ({
      writeUnits: total.writeUnits + units.writeUnits * count,
      readUnits: total.readUnits + units.readUnits * count,
      requests: total.requests + units.requests * count,
    }),
    NOTHING,
  );
}

/** Holds one number for each user who was ever followed. A negative threshold counts nothing. */
function countedFeeds(celebrityFollowers: number) {
  const followers = new Map<string, number>();
  let [entries, pulled] = [0, 0];
  return {
    count(event: HandledEvent): void {
      if (celebrityFollowers < 0) return;
      if (event.type === 'followed' || event.type === 'unfollowed') {
        const { followeeId } = event.data;
        const change = event.type === 'followed' ? 1 : -1;
        followers.set(followeeId, Math.max(0, (followers.get(followeeId) ?? 0) + change));
      } else if (event.type === 'yubl-posted') {
        const count = followers.get(event.data.authorId) ?? 0;
        if (count > celebrityFollowers) pulled += 1;
        else entries += count;
      }
    },
    counted: () => ({ entries, pulled }),
  };
}
