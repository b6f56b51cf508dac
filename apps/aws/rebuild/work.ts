import type { AuditOptions } from '../../../adapters/aws/dynamo/table-audit.ts';
import type { OnRequest } from '../../../adapters/aws/dynamo/client.ts';
import type { Consumer, Log } from '../../../consumers/runtime/consumer.ts';
import type { PersonalWords } from '../../../consumers/runtime/personal-words.ts';
import type { ArchivedRecord, EventArchiveReader } from '../../../ports/event-archive.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Clock } from '../../../resilience/clock.ts';
import type { Compared, RebuildGate, Verified } from '../../../engine/rebuild/verification.ts';
import type { Upcasters } from '../../../schema-registry/upcasters.ts';
import type { LiveVersions } from '../live-versions.ts';
import type { Applying } from './applying.ts';
import type { AwsRebuildStage, AwsRebuildState, RebuildCounts } from './state.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';

/** The stores of one version of a projection, and their consumers. These stay in the process: where the live consumers send a
 *  message to a queue, these handle it themselves. */
export interface RebuiltVersion {
  readonly consumers: readonly Consumer[];
  /** Does nothing for tables that exist already. */
  createTables(): Promise<void>;
  /** Reads all of the tables, while nothing writes them. */
  audit(options: Omit<AuditOptions, 'seed'>): Promise<Verified>;
  /** Compares what its reader answers with another system. */
  compare(gate: RebuildGate, signal: AbortSignal): Promise<Compared>;
  close(): Promise<void> | void;
}

export interface AwsRebuildParts {
  readonly control: DynamoTable;
  readonly versions: Pick<LiveVersions, 'now' | 'flip'>;
  readonly archive: EventArchiveReader;
  readonly stream: StreamSource;
  /** `onRequest` has to be called for every request of its DynamoDB client. */
  readonly open: (projection: ProjectionName, version: string, onRequest: OnRequest) => Promise<RebuiltVersion>;
  readonly upcasters: Upcasters;
  readonly personal: PersonalWords;
  readonly log: Log;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

export interface AwsRebuildOptions {
  readonly projection: ProjectionName;
  /** The kind to start, or to continue if one was interrupted. */
  readonly kind: 'rebuild' | 'rollback';
  /** Discard an interrupted one. */
  readonly restart?: boolean;
  readonly writeUnitsPerSecond?: number;
  /** The number of keys that are processed concurrently. */
  readonly atOnce?: number;
  readonly onError?: 'stop' | 'skip';
  /** The comparison that the new tables have to pass before they go live. */
  readonly gate?: RebuildGate;
  /** The maximum time for which a function runs after it has looked up the live version. */
  readonly functionMs?: number;
  /** The maximum lag of the functions when they last wrote to the tables of a rollback. */
  readonly liveLagMs?: number;
  /** How long the lease of a dead process blocks other processes. */
  readonly leaseMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: AwsRebuildProgress) => void;
}

export interface AwsRebuildProgress {
  readonly stage: AwsRebuildStage;
  readonly counts: RebuildCounts;
  readonly seconds: number;
  /** All events that arrived before this instant are applied: ISO 8601, UTC. */
  readonly appliedTo?: string;
  /** While settling: the instant up to which the stream has to be applied. */
  readonly doneAt?: string;
  /** Hours of the archive. */
  readonly hours?: { readonly done: number; readonly total: number };
  /** The number of items that the audit has read. */
  readonly audited?: number;
}

/** What the stages of a rebuild share. */
export interface AwsRebuildWork {
  readonly parts: AwsRebuildParts;
  readonly options: AwsRebuildOptions;
  readonly clock: Clock;
  readonly state: AwsRebuildState;
  readonly version: RebuiltVersion;
  readonly take: Applying['take'];
  /** Resolves once all accepted records are applied and counted. */
  readonly settled: () => Promise<void>;
  /** Settles, then makes the state with these changes durable. */
  readonly keep: (changes: Partial<AwsRebuildState>) => Promise<void>;
  readonly report: (more?: Omit<AwsRebuildProgress, 'stage' | 'counts' | 'seconds'>) => void;
  /** Ends it: from outside, or because another process has taken it over. */
  readonly signal: AbortSignal;
}

export interface StreamSource {
  /** Reads all records that arrived from one instant up to another. Records of one partition key come in order, even if the stream
   *  is resharded meanwhile. */
  readonly read: (stretch: StreamStretch) => AsyncIterable<ReadRecords>;
  /** How long a record stays in the stream. */
  readonly retentionMs: () => Promise<number>;
}

export interface ReadRecords {
  readonly records: readonly ArchivedRecord[];
  /** All records of the stretch that arrived before this instant have been returned. */
  readonly readTo?: Date;
}

interface StreamStretch {
  /** `start` is the oldest record of the stream. */
  readonly from: 'start' | Date;
  readonly upTo: Date;
  readonly signal: AbortSignal;
}
