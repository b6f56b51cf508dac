import type { ProjectionName } from '../../ports/progress.ts';
import type { Operations } from '../operations.ts';
import type { RebuildState } from './state.ts';
import type { RebuildGate } from './verification.ts';

/** The settings of a rebuild, as requested. */
export interface RebuildRequest {
  readonly projections: readonly ProjectionName[];
  /** A position of the log, or an ISO 8601 instant, which stands for the last position recorded until then. */
  readonly until?: string;
  readonly swap: boolean;
  readonly onError: 'stop' | 'park';
  readonly rate?: number;
  readonly gate?: Partial<RebuildGate>;
  readonly archive?: string;
  /** Discards an interrupted rebuild of the same kind. */
  readonly restart: boolean;
}

/** Rebuilds inside a running engine. They run in separate threads, like those of the command line. */
export interface Rebuilds {
  /** Starts a rebuild, or continues an interrupted one of the same kind; resolves once it is running. */
  start(request: RebuildRequest): Promise<{ readonly id: string; readonly resumed: boolean }>;
  /** All rebuilds, including those of other processes, newest first. */
  list(): TracedRebuild[];
  /** Stops a rebuild and deletes its files; 'done' if it had already finished, or completes its swap meanwhile.
   *  REBUILD_RUNNING if another process runs it, NOT_FOUND if there is none with this id. */
  cancel(id: string): Promise<'cancelled' | 'done'>;
  rollback(projections: readonly ProjectionName[]): ReturnType<SwapHolder['rollback']>;
  /** Stops running rebuilds after their current commit, so that they can be resumed. */
  close(): Promise<void>;
}

export interface TracedRebuild extends ListedRebuild {
  /** Only for rebuilds that run in this process. */
  readonly speeds?: ReadonlyMap<ProjectionName, RebuildProgress>;
}

export interface ListedRebuild extends RebuildState {
  /** Pid of the process that runs it; 0 if that is unknown, undefined if it is not running. */
  readonly runningIn?: number;
}

export interface RebuildProgress {
  readonly stage: string;
  readonly projection: ProjectionName;
  readonly position: number;
  readonly target: number;
  readonly eventsPerSecond: number;
  readonly etaSeconds?: number;
}

/** Makes files the live versions. Implemented by the process that holds the data folder. */
export type SwapHolder = Pick<Operations, 'swap' | 'rollback'>;
