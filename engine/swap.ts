import type { ProjectionName } from '../ports/progress.ts';

export interface SwapRequest {
  /** Names of complete, closed files in the data folder, of the version of this code. */
  readonly files: Readonly<Record<ProjectionName, string>>;
  /** Of the rebuild, in the log lines of what is replayed. */
  readonly id: string;
  /** How long the new versions may come no closer to the live ones; 60 s if it is not said. */
  readonly stalledMsMax?: number;
}

export type SwapResult = Record<ProjectionName, SwappedProjection>;

export interface SwappedProjection {
  /** Where the old version ended and the new one took over. */
  readonly position: number;
  /** The file that was live. */
  readonly previous: string;
}
