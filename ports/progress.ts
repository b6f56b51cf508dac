/** How far the projections are, told as it happens. Positions are those of the log. */
export interface Progress {
  head(): number;
  /** True once the head is beyond `position`; false if `timeoutMs` passes before. */
  headBeyond(position: number, timeoutMs: number): Promise<boolean>;
  position(projection: ProjectionName): number;
  /** True once the projection has applied `position`; false if `timeoutMs` passes before. */
  reached(projection: ProjectionName, position: number, timeoutMs: number): Promise<boolean>;
}

export const projectionNames = ['feed', 'relationships', 'search'] as const;
export type ProjectionName = (typeof projectionNames)[number];

export type ProjectionState = 'live' | 'catching-up' | 'stopped';

export interface ProjectionStatus {
  readonly name: ProjectionName;
  readonly version: number;
  readonly position: number;
  readonly lagEvents: number;
  /** Age of the oldest event that is not applied yet, 0 if there is none. */
  readonly lagSeconds: number;
  /** Events that wait because a handler threw. */
  readonly parked: number;
  readonly state: ProjectionState;
}

export interface Status {
  readonly head: number;
  readonly projections: readonly ProjectionStatus[];
  readonly quarantined: number;
}
