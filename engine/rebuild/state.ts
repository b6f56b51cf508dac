import type { RebuildRun } from './run.ts';
import type { RebuildGate, VerifiedProjection } from './verification.ts';

/** What one rebuild in a data folder was asked for and how far it has come. */
export interface RebuildState extends RebuildRun<RebuildStage> {
  readonly options: RebuildOptions;
  readonly projections: ProjectionRebuild[];
  /** When it was done and said so: the same command begins another one from then on. */
  finishedAt?: string;
}

export interface RebuildOptions {
  /** Build no further than this position of the log: a projection as it was. */
  readonly until?: number;
  /** False leaves the new files beside the live ones. */
  readonly swap: boolean;
  readonly onError: 'stop' | 'park';
  /** Events per second at most. */
  readonly rate?: number;
  /** Least share of equal answers, in percent, for the swap to be made, and whose answers are compared with. */
  readonly gate?: RebuildGate;
  /** Folder of an archive of the log that is read before the log itself. */
  readonly archive?: string;
}

/** `built`: done without a swap. */
export type RebuildStage = 'building' | 'swapping' | 'swapped' | 'built';

export interface ProjectionRebuild extends VerifiedProjection {
  /** Name of the new file in the data folder. */
  readonly file: string;
  /** Of the projection's tables, as the code knows it that builds. */
  readonly version: number;
  stage: ProjectionStage;
  /** The new file has applied the log up to here. */
  position: number;
  /** Where it is to get before it is verified. */
  target: number;
  parked: number;
}

/** build: in memory, not resumable. catch-up: the file is whole and goes on from its own checkpoint. verified: only the swap
 *  is left. */
export type ProjectionStage = 'build' | 'catch-up' | 'verify' | 'verified';

/** True if the same command would go on with it. How fast, and what a failure does, may change from run to run. */
export function isSameRebuild(a: RebuildState, b: Pick<RebuildState, 'options' | 'projections'>): boolean {
  return asked(a) === asked(b);
}

function asked({ options, projections }: Pick<RebuildState, 'options' | 'projections'>): string {
  const names = projections.map(({ name }) => name).toSorted();
  return JSON.stringify([names, options.until ?? null, options.swap, options.archive ?? null]);
}

/** True if only one of the two can become the live one. */
export function supersedes(begun: RebuildState, other: RebuildState): boolean {
  if (!begun.options.swap || !other.options.swap || other.finishedAt !== undefined) return false;
  return other.projections.some(({ name }) => begun.projections.some((projection) => projection.name === name));
}
