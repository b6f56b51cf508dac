import type { RebuildRun } from './run.ts';
import type { RebuildGate, VerifiedProjection } from './verification.ts';

/** The options and the progress of one rebuild in a data folder. */
export interface RebuildState extends RebuildRun<RebuildStage> {
  readonly options: RebuildOptions;
  readonly projections: ProjectionRebuild[];
  /** When it was finished and reported: from then on, the same command starts a new rebuild. */
  finishedAt?: string;
}

export interface RebuildOptions {
  /** Stop at this position of the log, which restores a past state of the projection. */
  readonly until?: number;
  /** False leaves the new files beside the live ones. */
  readonly swap: boolean;
  readonly onError: 'stop' | 'park';
  /** The maximum number of events per second. */
  readonly rate?: number;
  /** The comparison that the new versions have to pass before the swap. */
  readonly gate?: RebuildGate;
  /** Folder of an archive of the log, which is read before the log itself. */
  readonly archive?: string;
}

/** `built`: complete, without a swap. */
export type RebuildStage = 'building' | 'swapping' | 'swapped' | 'built';

export interface ProjectionRebuild extends VerifiedProjection {
  /** Name of the new file in the data folder. */
  readonly file: string;
  /** Version of the projection's tables in the code that builds the file. */
  readonly version: number;
  stage: ProjectionStage;
  /** The new file has applied the log up to here. */
  position: number;
  /** The position that it has to reach before it is verified. */
  target: number;
  parked: number;
}

/** build: in memory, not resumable. catch-up: the file is complete and continues from its own checkpoint. verified: ready for
 *  the swap. */
export type ProjectionStage = 'build' | 'catch-up' | 'verify' | 'verified';

/** True if a command with these options continues the rebuild. Its rate, its gate and its handling of failures may change from
 *  run to run. */
export function isSameRebuild(a: RebuildState, b: Pick<RebuildState, 'options' | 'projections'>): boolean {
  return identity(a) === identity(b);
}

function identity({ options, projections }: Pick<RebuildState, 'options' | 'projections'>): string {
  const names = projections.map(({ name }) => name).toSorted();
  return JSON.stringify([names, options.until ?? null, options.swap, options.archive ?? null]);
}

/** True if only one of the two can go live. */
export function supersedes(begun: RebuildState, other: RebuildState): boolean {
  if (!begun.options.swap || !other.options.swap || other.finishedAt !== undefined) return false;
  return other.projections.some(({ name }) => begun.projections.some((projection) => projection.name === name));
}
