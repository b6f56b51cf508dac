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

/** The stores of one version of a projection, and what writes them. Its consumers do not leave the process: where the live ones
 *  hand on a message, these handle it themselves. */
export interface ProjectionVersion {
  readonly consumers: readonly Consumer[];
  /** Also if they are there already. */
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
  /** `onRequest` has to be told of every request of its DynamoDB client. */
  readonly open: (projection: ProjectionName, version: string, onRequest: OnRequest) => Promise<ProjectionVersion>;
  readonly upcasters: Upcasters;
  readonly personal: PersonalWords;
  readonly log: Log;
  /** The machine's, unless a test brings its own. */
  readonly clock?: Clock;
}

export interface AwsRebuildOptions {
  readonly projection: ProjectionName;
  /** What is asked for anew, if nothing is to be gone on with. */
  readonly kind: 'rebuild' | 'rollback';
  /** Forget an interrupted one. */
  readonly restart?: boolean;
  readonly writeUnitsPerSecond?: number;
  /** Keys side by side. */
  readonly atOnce?: number;
  readonly onError?: 'stop' | 'skip';
  /** What the new tables have to pass before they go live. */
  readonly gate?: RebuildGate;
  /** How long a function may run, from when it asks what is live. */
  readonly functionMs?: number;
  /** How far the functions may have been behind when the tables of a rollback were written last. */
  readonly liveLagMs?: number;
  /** How long another process waits for one that has died. */
  readonly leaseMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: AwsRebuildProgress) => void;
}

export interface AwsRebuildProgress {
  readonly stage: AwsRebuildStage;
  readonly counts: RebuildCounts;
  readonly seconds: number;
  /** Everything that arrived before this is applied: ISO 8601, UTC. */
  readonly appliedTo?: string;
  /** While it settles: the instant that has to be applied until it is done. */
  readonly doneAt?: string;
  /** Of the archive. */
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
  readonly version: ProjectionVersion;
  readonly take: Applying['take'];
  /** Resolves once all that was taken is applied and counted. */
  readonly settled: () => Promise<void>;
  /** The same, and the state with these changes is durable. */
  readonly keep: (changes: Partial<AwsRebuildState>) => Promise<void>;
  readonly tell: (more?: Omit<AwsRebuildProgress, 'stage' | 'counts' | 'seconds'>) => void;
  /** Ends it: from outside, or because another process has taken it over. */
  readonly signal: AbortSignal;
}

export interface StreamSource {
  /** Reads what arrived at an instant or later, until everything is read that had arrived by another one. Records of one partition
   *  key come in order, however the stream is resharded meanwhile. */
  readonly read: (stretch: StreamStretch) => AsyncIterable<ReadRecords>;
  /** How long a record stays in the stream. */
  readonly retentionMs: () => Promise<number>;
}

export interface ReadRecords {
  readonly records: readonly ArchivedRecord[];
  /** Every record of the stretch that arrived earlier has been returned. */
  readonly readTo?: Date;
}

interface StreamStretch {
  /** `start` is the oldest record that is still there. */
  readonly from: 'start' | Date;
  readonly upTo: Date;
  readonly signal: AbortSignal;
}
