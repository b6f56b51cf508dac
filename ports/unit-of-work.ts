import type { ParkingLot } from './parking-lot.ts';

/** One projection's transaction: its rows, its checkpoint, its parked events and the steps of traced flows become
 *  visible and durable together or not at all. That is what makes each event take effect exactly once. */
export interface UnitOfWork extends ParkingLot {
  /** Everything up to this position has been applied or parked. */
  checkpoint(): number;

  /** Commits what `work` did, with the checkpoint that it returns; rolls everything back if it rejects. */
  commit(work: () => Promise<number>): Promise<void>;

  /** Inside `commit`: rolls back what `work` did if it rejects, and keeps the rest of the transaction. */
  attempt(work: () => Promise<void>): Promise<void>;

  recordSteps(steps: readonly FlowStep[]): void;
}

/** Records that a consumer handled one event of a traced flow. */
export interface FlowStep {
  readonly correlationid: string;
  readonly position: number;
  readonly consumer: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly durationUs: number;
  /** Details reported by the consumer, for instance `{ followers: 32 }`. */
  readonly note?: Readonly<Record<string, unknown>>;
}
