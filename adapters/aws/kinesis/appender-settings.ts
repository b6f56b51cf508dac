import { FigtreeError } from '../../../events/errors.ts';
import type { PutSettings, PutStatistics } from './put-sender.ts';
import type { SpoolSettings } from './spool/spool.ts';

export interface AppenderSettings {
  /** The stream's name. */
  readonly stream: string;
  /** A folder on a local disk, for events that Kinesis does not accept in time. Without one such events are
   *  rejected. */
  readonly spoolFolder?: string | undefined;
  /** Size limit of the spool; 1 GiB. */
  readonly spoolBytesMax?: number;
  /** Largest event as JSON with its partition key; 1 MiB, and up to 10 MiB if the stream is configured for that. */
  readonly recordBytesMax?: number;
  /** Whether each event's correlation is also written to `__context__`, for readers that do not know envelopes;
   *  false. */
  readonly context?: boolean;
  /** Largest request; 5 MiB, and 10 MiB are allowed. */
  readonly batchBytesMax?: number;
  /** Most records per request; 500, which is the limit of Kinesis. */
  readonly batchRecordsMax?: number;
  /** How long the first event of a request waits for others; 20 ms. */
  readonly lingerMs?: number;
  /** Concurrent requests; 4. */
  readonly requestsAtOnce?: number;
  /** Limits of the queue in memory; 10,000 events and 32 MiB. Beyond that callers wait. */
  readonly queueRecordsMax?: number;
  readonly queueBytesMax?: number;
  /** After this time, or this many attempts, a failing event is spooled or rejected; 30 s and 20. An event that only
   *  waits because Kinesis is at its capacity waits as long as necessary. */
  readonly ttlMs?: number;
  readonly triesMax?: number;
  /** The first pause after a failure and the longest, each reduced at random; 50 ms and 5 s. */
  readonly pauses?: PutSettings['pauses'];
  /** How long `close` waits for Kinesis; 5 s. */
  readonly closeMs?: number;
}

export interface AppenderStatistics extends PutStatistics {
  /** Events that became durable, in Kinesis or in the spool. */
  readonly records: number;
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  /** Events written to the spool and sent from it since it was opened, and bytes currently in it. */
  readonly spooledRecords: number;
  readonly drainedRecords: number;
  readonly spoolBytes: number;
  /** Spooled events that Kinesis refuses permanently; they are in the spool's set-aside.ndjson. */
  readonly setAsideRecords: number;
}

interface CompleteSettings extends PutSettings {
  readonly context: boolean;
  readonly recordBytesMax: number;
  readonly queueRecordsMax: number;
  readonly queueBytesMax: number;
  readonly closeMs: number;
  readonly spool: SpoolSettings | undefined;
}

const MIB = 2 ** 20;
const LIMITS = { recordBytesMax: 10 * MIB, batchBytesMax: 10 * MIB, batchRecordsMax: 500 };

export function completeSettings({ stream, spoolFolder, spoolBytesMax, ...given }: AppenderSettings): CompleteSettings {
  const settings = {
    context: false,
    recordBytesMax: MIB,
    batchBytesMax: 5 * MIB,
    batchRecordsMax: LIMITS.batchRecordsMax,
    lingerMs: 20,
    requestsAtOnce: 4,
    queueRecordsMax: 10_000,
    queueBytesMax: 32 * MIB,
    ttlMs: 30_000,
    triesMax: 20,
    pauses: { firstMs: 50, maxMs: 5000 },
    closeMs: 5000,
    ...given,
  };
  for (const [name, max] of Object.entries(LIMITS)) {
    const value = settings[name as keyof typeof LIMITS];
    if (!(value >= 1 && value <= max)) throw new FigtreeError('CONFIG_INVALID', `${name} must be 1 to ${max}`);
  }
  if (settings.recordBytesMax > settings.batchBytesMax) {
    throw new FigtreeError('CONFIG_INVALID', 'recordBytesMax must not be more than batchBytesMax');
  }
  const spool = spoolFolder === undefined ? undefined : spoolSettings(spoolFolder, spoolBytesMax ?? 1024 * MIB);
  return { ...settings, stream, spool };
}

function spoolSettings(folder: string, bytesMax: number): SpoolSettings {
  return { folder, bytesMax, segmentBytes: Math.min(4 * MIB, bytesMax / 8), windowBytes: 8 * MIB };
}
