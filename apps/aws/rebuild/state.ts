import type { RebuildRun } from '../../../engine/rebuild/run.ts';
import type { VerifiedProjection } from '../../../engine/rebuild/verification.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { ArchivePlace, TimeRange } from '../../../ports/event-archive.ts';

/** The definition and the progress of one rebuild. Stored as JSON. */
export interface AwsRebuildState extends RebuildRun<AwsRebuildStage> {
  /** A rollback catches up the previous tables and makes them live again. */
  readonly kind: 'rebuild' | 'rollback';
  readonly projection: ProjectionName;
  /** Suffix of the tables that are written. */
  readonly version: string;
  /** Version of the tables that were live when it started. */
  readonly before: string;
  /** Records that arrived earlier are not applied: ISO 8601, UTC. */
  readonly from: string;
  /** The current pass over the archive, and the position in it. */
  pass?: TimeRange;
  place?: ArchivePlace;
  /** The archive is applied up to this instant. */
  archivedTo?: string;
  /** The stream is applied up to this instant. */
  streamedTo?: string;
  /** Arrival time of the newest archived record that was read, by shard. */
  arrivals: Record<string, string>;
  /** What was found in the new tables once they had caught up. Holds for the run that found it: the next one verifies again, as code
   *  and gate may be others. A rollback verifies nothing. */
  verified?: VerifiedProjection;
  flippedAt?: string;
  /** The time between the end of the archive and the oldest record of the stream. Records that arrived then are in neither. */
  gap?: { readonly from: string; readonly to: string };
  counts: RebuildCounts;
}

/** tables: the tables are created. archive, stream: their records are applied. verify: writing pauses while the new tables are
 *  audited and compared; then the stream is followed again. settling: the new tables are live, and the stream is applied until no
 *  function can write to the previous ones. done: only functions write. */
export type AwsRebuildStage = 'tables' | 'archive' | 'stream' | 'verify' | 'settling' | 'done';

export interface RebuildCounts {
  readonly events: number;
  /** Records that are not valid events. They have been in the quarantine since they first arrived. */
  readonly refused: number;
  /** Events that a consumer could not handle. */
  readonly skipped: number;
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export const NO_COUNTS: RebuildCounts = {
  events: 0,
  refused: 0,
  skipped: 0,
  requests: 0,
  writeUnits: 0,
  readUnits: 0,
};

export function sumOf(a: RebuildCounts, b: RebuildCounts): RebuildCounts {
  const keys = Object.keys(NO_COUNTS) as (keyof RebuildCounts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as RebuildCounts;
}
