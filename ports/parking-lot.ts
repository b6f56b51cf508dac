/** Where events wait whose handler threw, each with the later ones of its key behind it. There may be very many: nothing here
 *  gives more of them at once than it is asked for. The first of a key is its front: it has failed, or is due at once. */
export interface ParkingLot extends ParkedReader {
  isParked(key: string): boolean;
  /** At the same position it takes the place of what is there. */
  park(event: ParkedEvent): void;
  unpark(position: number): void;
  /** Takes it out for good and keeps on record that this was done. Nothing happens if it is not there. */
  discard(position: number, nowMs: number): void;

  /** Those whose retry is due, the longest due first. */
  dueForRetry(nowMs: number, limit: number): ParkedEvent[];
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextRetryMs(): number;
  /** Gives every event that has failed its attempts back, the first of them due at `nowMs`. */
  renewAttempts(nowMs: number): void;
}

/** The reading half, which other threads and processes have beside the one writer. */
export interface ParkedReader {
  /** In order of position; those to which everything applies that the query names. */
  parked(query: ParkedQuery): ParkedEvent[];
  parkedAt(position: number): ParkedEvent | undefined;
  /** How many are parked; of one key and behind a position, if they are named. */
  parkedCount(of?: { readonly key: string; readonly after?: number }): number;
  /** However many are parked, others have their turns of the event loop while they are counted. */
  parkedSummary(): Promise<ParkedSummary>;
}

export interface ParkedQuery {
  readonly key?: string;
  /** The id of the event. */
  readonly event?: string;
  /** The error's code, or a part of its text. Whatever only waits has none. */
  readonly error?: string;
  /** Only the first of each key. */
  readonly fronts?: boolean;
  /** Those behind this position. */
  readonly after?: number;
  readonly limit: number;
}

/** An event that a consumer could not handle, or a later one of the same key that waits behind it. */
export interface ParkedEvent {
  readonly position: number;
  readonly key: string;
  /** The event's id. */
  readonly event: string;
  /** The consumer that threw; absent for an event that only waits. */
  readonly consumer?: string;
  readonly attempts: number;
  /** What a program can compare: the error's code, or else its name. */
  readonly code?: string;
  readonly error?: string;
  /** When it was parked first, in milliseconds since 1970. */
  readonly parkedAtMs: number;
  /** When it is tried again, in milliseconds since 1970; absent when it is not tried any more. */
  readonly retryAtMs?: number;
}

export interface ParkedSummary {
  readonly events: number;
  /** When the oldest was parked first, in milliseconds since 1970. */
  readonly oldestMs?: number;
  /** By the consumer that failed at the front of the key; those behind it are counted with it. */
  readonly byConsumer: Readonly<Record<string, number>>;
  /** The ranges of keys (`keyRangeOf`) of which anything is parked. */
  readonly byRange: readonly { readonly range: number; readonly events: number; readonly firstPosition: number }[];
  /** How many were discarded since this projection was built. */
  readonly discarded: number;
}

/** So many ranges that one which falls behind is seen, and so few that all of them are looked at. */
export const KEY_RANGES = 16;

/** The range that a partition key belongs to: FNV-1a of its UTF-16 units, 0 to KEY_RANGES - 1. It is written down with what is
 *  parked, so it stays as it is. */
export function keyRangeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 16) % KEY_RANGES;
}

/** Which parked events somebody means: exactly one of these. */
export interface ParkedSelection {
  readonly position?: number;
  /** The id of an event. */
  readonly event?: string;
  readonly key?: string;
  /** The error's code, or a part of its text. */
  readonly error?: string;
  readonly all?: true;
}

/** What became of the keys whose parked events were tried again. */
export interface Redriven {
  readonly keys: number;
  /** Events that were handled and left the lot. */
  readonly handled: number;
  /** Keys whose next event failed: it is parked again, in front of those that wait behind it. */
  readonly failed: number;
}

export interface Discarded {
  readonly discarded: number;
}
