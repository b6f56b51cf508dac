import type { ProjectionName } from '../ports/progress.ts';

export interface TrimArgument {
  /** The folder of the archive, as an absolute path. */
  readonly archive: string;
}

/** What one step has removed from the log. */
export interface TrimOutcome {
  readonly trimmed: number;
  /** The first position that the log still holds, 0 if it has none. */
  readonly first: number;
  /** Nothing is left that may go. */
  readonly done: boolean;
  /** Who still needs what comes next, if it is that which keeps it in the log. */
  readonly heldBackBy?: { readonly projection: ProjectionName; readonly position: number; readonly parked: boolean };
  /** Of log.db, and of it what is free for new events. */
  readonly bytes: number;
  readonly freeBytes: number;
}
