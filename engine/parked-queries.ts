import type { RecordedEvent } from '../events/envelope.ts';
import type { EventLogReader } from '../ports/event-log.ts';
import type { ParkedEvent, ParkedReader } from '../ports/parking-lot.ts';
import type { ProjectionName } from '../ports/progress.ts';
import { personalFieldsCleaner } from './personal-fields.ts';

/** The parking lots of all projections. Looked up each time, because a swap replaces them. */
export interface ParkingLots {
  /** In the order in which they are listed. */
  readonly names: readonly ProjectionName[];
  of(name: ProjectionName): ParkedReader;
}

/** The parked events of all projections. */
export interface ParkedQueries {
  /** By projection, then by position. */
  list(query: ParkedListQuery): ListedParked[];
  /** Undefined if nothing is parked there. */
  show(projection: ProjectionName, position: number): Promise<ShownParked | undefined>;
  /** The projections in which an event is parked with this position or id, and where. */
  find(what: { readonly position: number } | { readonly event: string }): ListedParked[];
}

export interface ParkedListQuery {
  readonly projection?: ProjectionName;
  readonly key?: string;
  readonly error?: string;
  /** Continues after this one. */
  readonly after?: { readonly projection: ProjectionName; readonly position: number };
  readonly limit: number;
}

export interface ListedParked extends Omit<ParkedEvent, 'parkedAtMs' | 'retryAtMs'> {
  readonly projection: ProjectionName;
  /** When it was first parked: ISO 8601, UTC. */
  readonly parkedAt: string;
  /** When it is retried: ISO 8601, UTC. Absent if it is not. */
  readonly retryAt?: string;
}

/** One parked event with all that is known of it. */
export interface ShownParked extends ListedParked {
  /** The number of events of its key that wait behind it. */
  readonly waiting: number;
  /** The recorded event, in the current version and without personal texts; more than one if a past version was split
   *  since. */
  readonly events: readonly RecordedEvent[];
}

export interface ParkedQueriesOptions {
  readonly lots: ParkingLots;
  readonly log: Pick<EventLogReader, 'read'>;
  readonly personalNames: () => readonly string[];
}

export function parkedQueries({ lots, log, personalNames }: ParkedQueriesOptions): ParkedQueries {
  const cleaned = personalFieldsCleaner(personalNames);

  function list({ projection, after, limit, ...query }: ParkedListQuery): ListedParked[] {
    const found: ListedParked[] = [];
    const from = after === undefined ? 0 : lots.names.indexOf(after.projection);
    if (from < 0) throw new Error(`there is no projection ${after?.projection}`);
    for (const name of lots.names.slice(from)) {
      if (projection !== undefined && name !== projection) continue;
      const behind = after?.projection === name ? { after: after.position } : {};
      const events = lots.of(name).parked({ ...query, ...behind, limit: limit - found.length });
      found.push(...events.map((event) => listed(name, event)));
      if (found.length >= limit) break;
    }
    return found;
  }

  return {
    list,
    find: (what) =>
      lots.names.flatMap((name) => {
        const lot = lots.of(name);
        const events = 'event' in what ? lot.parked({ ...what, limit: 10 }) : [lot.parkedAt(what.position)];
        return events.flatMap((event) => (event === undefined ? [] : [listed(name, event)]));
      }),
    async show(projection, position) {
      const lot = lots.of(projection);
      const found = lot.parkedAt(position);
      if (found === undefined) return undefined;
      const { events } = await log.read({ after: position - 1, upTo: position, limit: 1 });
      const shown = events.map((event) => cleaned(event as unknown as Readonly<Record<string, unknown>>));
      return {
        ...listed(projection, found),
        waiting: lot.parkedCount({ key: found.key, after: position }),
        events: shown as unknown as RecordedEvent[],
      };
    },
  };
}

function listed(projection: ProjectionName, { parkedAtMs, retryAtMs, ...event }: ParkedEvent): ListedParked {
  return {
    projection,
    ...event,
    parkedAt: new Date(parkedAtMs).toISOString(),
    ...(retryAtMs !== undefined && { retryAt: new Date(retryAtMs).toISOString() }),
  };
}
