/** One projection's transaction: its rows, its checkpoint, its parked events and the steps of traced flows become
 *  visible and durable together or not at all. That is what makes an effect happen exactly once. */
export interface UnitOfWork {
  /** Everything up to this position has been applied or parked. */
  checkpoint(): number;

  /** Commits what `work` did, with the new checkpoint that it gives; undoes it all if it rejects. */
  commit(work: () => Promise<number>): Promise<void>;

  /** Inside `commit`: undoes what `work` did if it rejects, and keeps the rest of the transaction. */
  attempt(work: () => Promise<void>): Promise<void>;

  /** Parked events by key, in order of position; all of them if no key is named. */
  parked(key?: string): ParkedEvent[];
  park(event: ParkedEvent): void;
  unpark(position: number): void;

  recordSteps(steps: readonly FlowStep[]): void;
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
