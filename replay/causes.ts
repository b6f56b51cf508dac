import type { EventType } from '../events/catalog.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import type { EventLogReader } from '../ports/event-log.ts';

/** An event that caused a row, or its absence. Contains nothing that a person wrote. */
export interface Cause {
  readonly position: number;
  /** When it happened: ISO 8601, UTC. */
  readonly time: string;
  readonly type: EventType;
  /** What it says, in ids. */
  readonly says: string;
  /** For `figtree trace`. */
  readonly correlationId: string;
  /** It had no effect, because a newer event had changed the row before it came. */
  readonly superseded?: true;
}

/** Why a projection has a row, or does not. */
export interface Explanation {
  /** The id of the row: a yubl's or a user's. */
  readonly id: string;
  /** The table of the row, if the projection has several. */
  readonly table?: string;
  /** Whether the projection has it. */
  readonly there: boolean;
  /** For programs, for instance `posted-before-follow`. */
  readonly reason: string;
  /** The same in words. */
  readonly because: string;
  /** False if the events contradict the projection: it has not applied one of them, or it is wrong. */
  readonly asTheLogSays: boolean;
  readonly events: readonly Cause[];
}

/** The events of a key, up to the position of a projection. */
export interface Past {
  /** In order of position. */
  of<Type extends EventType>(key: string, ...types: Type[]): Promise<RecordedEvent<Type>[]>;
}

const PAGE_EVENTS = 1000;
const KEYS_KEPT = 200;

/** Reads the log by keys, up to the current position of the projection. Recent results are cached until it moves: one
 *  user's follows explain each entry of their feed. */
export function pastOf(log: Pick<EventLogReader, 'read'>, position: () => number): Past {
  const kept = new Map<string, Promise<readonly RecordedEvent[]>>();
  let keptAt = 0;
  async function readAll(key: string, upTo: number): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let after = 0; ;) {
      const page = await log.read({ after, upTo, limit: PAGE_EVENTS, key });
      events.push(...page.events);
      if (page.position <= after || page.position >= upTo) return events;
      after = page.position;
    }
  }
  return {
    async of<Type extends EventType>(key: string, ...types: Type[]) {
      const upTo = position();
      if (upTo !== keptAt) kept.clear();
      keptAt = upTo;
      const reading = kept.get(key) ?? readAll(key, upTo);
      kept.delete(key);
      kept.set(key, reading);
      const oldest = kept.size > KEYS_KEPT ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      const found = (await reading).filter(({ type }) => (types as readonly EventType[]).includes(type));
      return found as unknown as RecordedEvent<Type>[];
    },
  };
}

export function causeOf(event: RecordedEvent): Cause {
  const { position, time, type, correlationid } = event;
  return { position, time, type, says: saysOf(event), correlationId: correlationid };
}

/** `followed at 2016-02-22T07:02:00.000Z (position 12)` */
export function happened(what: string, event: RecordedEvent): string {
  return `${what} at ${event.time} (position ${event.position})`;
}

function saysOf(event: RecordedEvent): string {
  switch (event.type) {
    case 'followed':
      return `${event.data.followerId} followed ${event.data.followeeId}`;
    case 'unfollowed':
      return `${event.data.followerId} unfollowed ${event.data.followeeId}`;
    case 'yubl-posted':
      return `${event.data.authorId} posted ${event.data.yublId}`;
    case 'yubl-deleted':
      return `${event.data.yublId} was deleted`;
    case 'user-joined':
      return `${event.data.userId} joined`;
    case 'user-left':
      return `${event.data.userId} left`;
    case 'notifications-read':
      return `${event.data.userId} read their notifications up to ${event.data.readUpTo}`;
    case 'user-profile-updated':
      break;
  }
  const { userId, ...fields } = event.data;
  return `${userId} changed ${Object.keys(fields).join(', ')}`;
}
