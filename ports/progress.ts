/** How far the projections are, told as it happens. Positions are those of the log. */
export interface Progress {
  head(): number;
  /** True once the head is beyond `position`; false if `timeoutMs` passes before. */
  headBeyond(position: number, timeoutMs: number): Promise<boolean>;
  position(projection: ProjectionName): number;
  /** True once the projection has applied `position`; false if `timeoutMs` passes before. */
  reached(projection: ProjectionName, position: number, timeoutMs: number): Promise<boolean>;
}

/** Names a projection in files, tables and the API: lower-case letters and digits. apps/projections/registry.ts lists them. */
export type ProjectionName = string;

/** stalled: it is behind, and has not got on for some seconds, although nothing has failed that it knows of. */
export type ProjectionState = 'live' | 'catching-up' | 'stopped' | 'stalled';

export interface ProjectionStatus {
  readonly name: ProjectionName;
  readonly version: number;
  readonly position: number;
  readonly lagEvents: number;
  /** Age of the oldest event that is not applied yet, 0 if there is none. */
  readonly lagSeconds: number;
  /** The worst of some ranges of partition keys, where an average would hide it. What is parked counts as not applied. */
  readonly worstKeyRange: { readonly range: number; readonly lagEvents: number; readonly lagSeconds: number };
  /** Events that wait because a handler threw. */
  readonly parked: number;
  /** The same by the consumer that failed at the first of their key. */
  readonly parkedByConsumer: Readonly<Record<string, number>>;
  /** 0 if nothing is parked. */
  readonly oldestParkedSeconds: number;
  /** Parked events that operators took out for good. */
  readonly discarded: number;
  /** Since when it pauses because a consumer fails at most events: ISO 8601, UTC. */
  readonly pausedSince?: string;
  /** For how long it has not got on while it was behind. Absent if nobody knows: only the process that runs it does. */
  readonly stalledSeconds?: number;
  readonly state: ProjectionState;
}

export interface Status {
  readonly head: number;
  readonly projections: readonly ProjectionStatus[];
  readonly quarantined: number;
}
