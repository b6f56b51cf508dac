import type { RebuildRun } from '../../../engine/rebuild/run.ts';
import type { VerifiedProjection } from '../../../engine/rebuild/verification.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { ArchivePlace, TimeRange } from '../../../ports/event-archive.ts';

/** What one rebuild is and how far it has come. Kept as JSON. */
export interface AwsRebuildState extends RebuildRun<AwsRebuildStage> {
  /** A rollback makes the tables live again that were live before, after it has caught them up. */
  readonly kind: 'rebuild' | 'rollback';
  readonly projection: ProjectionName;
  /** The tables that are written end in it. */
  readonly version: string;
  /** The tables that were live when it began. */
  readonly before: string;
  /** Nothing that arrived earlier is applied: ISO 8601, UTC. */
  readonly from: string;
  /** What is read of the archive at the moment, and how far it was. */
  pass?: TimeRange;
  place?: ArchivePlace;
  /** What the archive had up to then was applied. */
  archivedTo?: string;
  /** What the stream had up to then was applied. */
  streamedTo?: string;
  /** When what was read last of each shard in the archive had arrived. */
  arrivals: Record<string, string>;
  /** What was found in the new tables once they had caught up. Holds for the run that found it: the next one verifies again, as code
   *  and gate may be others. A rollback verifies nothing. */
  verified?: VerifiedProjection;
  flippedAt?: string;
  /** Between the end of the archive and the oldest record that the stream keeps: what arrived then, if anything, is in neither. */
  gap?: { readonly from: string; readonly to: string };
  counts: RebuildCounts;
}

/** tables: they are created. archive, stream: what these hold is applied. verify: nothing is written, and the new tables are
 *  audited and compared; afterwards the stream is followed again. settling: they are live, and the stream is applied until no
 *  function can write the tables that were live before. done: only functions write. */
export type AwsRebuildStage = 'tables' | 'archive' | 'stream' | 'verify' | 'settling' | 'done';

export interface RebuildCounts {
  readonly events: number;
  /** Records that are no events of ours. They are in the quarantine since they came first. */
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
