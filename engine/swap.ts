import type { ProjectionName } from '../ports/progress.ts';

export interface SwapRequest {
  /** Names of complete, closed files in the data folder, with the version that this code reads. */
  readonly files: Readonly<Record<ProjectionName, string>>;
  /** Id of the rebuild, for the log lines of its replay. */
  readonly id: string;
  /** How long the new versions may fail to get closer to the live ones; default: 60 s. */
  readonly stalledMsMax?: number;
}

export type SwapResult = Record<ProjectionName, SwappedProjection>;

export interface SwappedProjection {
  /** The position at which the new version took over. */
  readonly position: number;
  /** The file that was live. */
  readonly previous: string;
}
