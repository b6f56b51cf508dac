/** One projection's transaction: its rows, its checkpoint, its parked events and the steps of traced flows become
 *  visible and durable together or not at all. That is what makes an effect happen exactly once. */
export interface UnitOfWork extends ParkingLot {
  /** Everything up to this position has been applied or parked. */
  checkpoint(): number;

  /** Commits what `work` did, with the new checkpoint that it gives; undoes it all if it rejects. */
  commit(work: () => Promise<number>): Promise<void>;

  /** Inside `commit`: undoes what `work` did if it rejects, and keeps the rest of the transaction. */
  attempt(work: () => Promise<void>): Promise<void>;

  recordSteps(steps: readonly FlowStep[]): void;
}

/** Where events wait whose handler threw, each with the later ones of its key behind it. There may be very many: nothing here
 *  gives more of them at once than it is asked for. */
export interface ParkingLot {
  /** In order of position; of all keys if none is named. */
  parked(query: { readonly key?: string; readonly limit: number }): ParkedEvent[];
  isParked(key: string): boolean;
  parkedCount(): number;
  /** At the same position it takes the place of what is there. */
  park(event: ParkedEvent): void;
  unpark(position: number): void;

  /** Those whose retry is due, the longest due first. */
  dueForRetry(nowMs: number, limit: number): ParkedEvent[];
  /** When the next retry is due, in milliseconds since 1970; Infinity if none is. */
  nextRetryMs(): number;
  /** Gives every event that has failed its attempts back, the first of them due at `nowMs`. */
  renewAttempts(nowMs: number): void;
}

/** An event that a consumer could not handle, or a later one of the same key that waits behind it. */
export interface ParkedEvent {
  readonly position: number;
  readonly key: string;
  /** The consumer that threw; absent for an event that only waits. */
  readonly consumer?: string;
  readonly attempts: number;
  readonly error?: string;
  /** When it is tried again, in milliseconds since 1970; absent when it is not tried any more. */
  readonly retryAtMs?: number;
}

/** That a consumer handled one event of a traced flow. */
export interface FlowStep {
  readonly correlationid: string;
  readonly position: number;
  readonly consumer: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly durationUs: number;
  /** What the consumer tells of it, for instance `{ followers: 32 }`. */
  readonly note?: Readonly<Record<string, unknown>>;
}
