import type { ProjectionName } from '../ports/progress.ts';

/** What one rebuild was asked for and how far it has come: enough for the same command to go on after any end. */
export interface RebuildState {
  readonly id: string;
  readonly options: RebuildOptions;
  stage: RebuildStage;
  readonly projections: ProjectionRebuild[];
  readonly startedAt: string;
  /** How long it has worked, over all its runs. */
  seconds: number;
  /** When it was done and said so: the same command begins another one from then on. */
  finishedAt?: string;
  /** Why the last run ended, if it failed. */
  error?: { readonly code: string; readonly message: string };
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

/** So many of the other system's answers have to be ours as well. */
export interface RebuildGate {
  readonly percent: number;
  /** An export's path, or the URL of an API. */
  readonly against: string;
}

/** `built`: done without a swap. */
export type RebuildStage = 'building' | 'swapping' | 'swapped' | 'built';

export interface ProjectionRebuild {
  readonly name: ProjectionName;
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
  verification?: Verification;
  matchPercent?: number;
}

/** build: in memory, not resumable. catch-up: the file is whole and goes on from its own checkpoint. verified: only the swap
 *  is left. */
export type ProjectionStage = 'build' | 'catch-up' | 'verify' | 'verified';

export interface Verification {
  readonly counts: Readonly<Record<string, number>>;
  /** Of what readers would answer, whatever order and numbers the rows have. */
  readonly digest: string;
  /** How the live file compares: it may well differ, because that may be why one rebuilds. */
  readonly live: 'equal' | 'different' | 'not comparable';
}

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
