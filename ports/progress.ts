/** The progress of the projections, as it happens. Positions are those of the log. */
export interface Progress {
  head(): number;
  /** True once the head is beyond `position`; false if `timeoutMs` passes before. */
  headBeyond(position: number, timeoutMs: number): Promise<boolean>;
  position(projection: ProjectionName): number;
  /** True once the projection has applied `position`; false if `timeoutMs` passes before. */
  reached(projection: ProjectionName, position: number, timeoutMs: number): Promise<boolean>;
}

/** Names a projection in files, tables and the API: lower-case letters and digits. apps/projections/registry.ts lists
 *  them. */
export type ProjectionName = string;

/** stalled: behind, and without progress for some seconds, although no failure is known. */
export type ProjectionState = 'live' | 'catching-up' | 'stopped' | 'stalled';

export interface ProjectionStatus {
  readonly name: ProjectionName;
  readonly version: number;
  readonly position: number;
  readonly lagEvents: number;
  /** Age of the oldest event that is not applied yet, 0 if there is none. */
  readonly lagSeconds: number;
  /** The range of partition keys that is furthest behind, which an average would hide. Parked events count as not
   *  applied. */
  readonly worstKeyRange: { readonly range: number; readonly lagEvents: number; readonly lagSeconds: number };
  /** Events that are parked. */
  readonly parked: number;
  /** The same by the consumer that failed at the first of their key. */
  readonly parkedByConsumer: Readonly<Record<string, number>>;
  /** Age of the oldest parked event; 0 if nothing is parked. */
  readonly oldestParkedSeconds: number;
  /** Parked events that operators discarded. */
  readonly discarded: number;
  /** The start of the current pause, made because a consumer fails at most events: ISO 8601, UTC. */
  readonly pausedSince?: string;
  /** Duration without progress while it was behind. Absent if unknown: only the process that runs the projection knows
   *  it. */
  readonly stalledSeconds?: number;
  readonly state: ProjectionState;
}

export interface Status {
  readonly head: number;
  readonly projections: readonly ProjectionStatus[];
  /** Projections without a file of the version of this code, because no server has run since they were added or changed. Absent if there are none. */
  readonly notBuilt?: readonly ProjectionName[];
  readonly quarantined: number;
}
