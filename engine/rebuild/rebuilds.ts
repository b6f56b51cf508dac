import type { ProjectionName } from '../../ports/progress.ts';
import type { Operations } from '../operations.ts';
import type { RebuildState } from './state.ts';
import type { RebuildGate } from './verification.ts';

/** What somebody asks for. */
export interface RebuildRequest {
  readonly projections: readonly ProjectionName[];
  /** A position of the log, or an instant of ISO 8601: the last position that was recorded until then. */
  readonly until?: string;
  readonly swap: boolean;
  readonly onError: 'stop' | 'park';
  readonly rate?: number;
  readonly gate?: Partial<RebuildGate>;
  readonly archive?: string;
  /** Forgets what an interrupted rebuild of the same kind has left. */
  readonly restart: boolean;
}

/** Rebuilds that a running engine is asked for. They work in threads of their own, like those of the command line. */
export interface Rebuilds {
  /** Begins one, or goes on with an interrupted one of the same kind; resolves once it is at work. */
  start(request: RebuildRequest): Promise<{ readonly id: string; readonly resumed: boolean }>;
  /** Newest first; also those of other processes. */
  list(): TracedRebuild[];
  /** Ends it and forgets what it has made; 'done' if it is through already, or gets through its swap meanwhile.
   *  REBUILD_RUNNING if another process works at it, NOT_FOUND if there is none. */
  cancel(id: string): Promise<'cancelled' | 'done'>;
  rollback(projections: readonly ProjectionName[]): ReturnType<SwapHolder['rollback']>;
  /** Ends what runs after the commit in hand, so that it can be gone on with. */
  close(): Promise<void>;
}

export interface TracedRebuild extends ListedRebuild {
  /** Of those that run in this process. */
  readonly speeds?: ReadonlyMap<ProjectionName, RebuildProgress>;
}

export interface ListedRebuild extends RebuildState {
  /** Pid of the process that works at it; 0 if that is not known, undefined if nobody does. */
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

/** Who makes files the live ones: the process that holds the data folder. */
export type SwapHolder = Pick<Operations, 'swap' | 'rollback'>;
