import type { ParkingLot } from './parking-lot.ts';

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
