import type { ProjectionName } from '../ports/progress.ts';

export interface TrimArgument {
  /** The folder of the archive, as an absolute path. */
  readonly archive: string;
}

/** What one step has removed from the log. */
export interface TrimOutcome {
  readonly trimmed: number;
  /** The first position that the log still holds, 0 if it is empty. */
  readonly first: number;
  /** Nothing is left to remove. */
  readonly done: boolean;
  /** The projection that still needs the next events, if one does. */
  readonly heldBackBy?: { readonly projection: ProjectionName; readonly position: number; readonly parked: boolean };
  /** Size of log.db, and how much of it is free for new events. */
  readonly bytes: number;
  readonly freeBytes: number;
}
