/** Holds events that a handler failed on, each with the later ones of its key behind it. There may be very many: no
 *  call returns more than it was asked for. The first of a key is its front: it has failed, or is due at once. */
export interface ParkingLot extends ParkedReader {
  isParked(key: string): boolean;
  /** Replaces an event parked at the same position. */
  park(event: ParkedEvent): void;
  unpark(position: number): void;
  /** Removes an event for good and records that it was discarded. Does nothing if it is not there. */
  discard(position: number, nowMs: number): void;

  /** Events whose retry is due, the longest due first. */
  dueForRetry(nowMs: number, limit: number): ParkedEvent[];
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextRetryMs(): number;
  /** Renews the attempts of all failed events; the first is due at `nowMs`. */
  renewAttempts(nowMs: number): void;
}

/** The reading half, for other threads and processes beside the one writer. */
export interface ParkedReader {
  /** In order of position; the events that match every part of the query. */
  parked(query: ParkedQuery): ParkedEvent[];
  parkedAt(position: number): ParkedEvent | undefined;
  /** The number of parked events; only of a key and behind a position, if given. */
  parkedCount(of?: { readonly key: string; readonly after?: number }): number;
  /** Yields to the event loop while it counts, however many are parked. */
  parkedSummary(): Promise<ParkedSummary>;
}

export interface ParkedQuery {
  readonly key?: string;
  /** The id of the event. */
  readonly event?: string;
  /** The error's code, or a part of its text. Events that only wait have none. */
  readonly error?: string;
  /** Only the first of each key. */
  readonly fronts?: boolean;
  /** Only those after this position. */
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
  /** For comparison by programs: the error's code, or else its name. */
  readonly code?: string;
  readonly error?: string;
  /** When it was first parked, in milliseconds since 1970. */
  readonly parkedAtMs: number;
  /** When it is retried, in milliseconds since 1970; absent when it is not retried any more. */
  readonly retryAtMs?: number;
}

export interface ParkedSummary {
  readonly events: number;
  /** When the oldest was first parked, in milliseconds since 1970. */
  readonly oldestMs?: number;
  /** By the consumer that failed at the front of the key; those behind it are counted with it. */
  readonly byConsumer: Readonly<Record<string, number>>;
  /** The ranges of keys (events/key-range.ts) with parked events. */
  readonly byRange: readonly { readonly range: number; readonly events: number; readonly firstPosition: number }[];
  /** How many were discarded since this projection was built. */
  readonly discarded: number;
}

/** A selection of parked events: exactly one of these fields. */
export interface ParkedSelection {
  readonly position?: number;
  /** The id of an event. */
  readonly event?: string;
  readonly key?: string;
  /** The error's code, or a part of its text. */
  readonly error?: string;
  readonly all?: true;
}

/** The outcome of retrying the keys of parked events. */
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
