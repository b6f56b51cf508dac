import { FigtreeError } from '../../../events/errors.ts';
import type { PutSettings, PutStatistics } from './put-sender.ts';
import type { SpoolSettings } from './spool/spool.ts';

export interface AppenderSettings {
  /** The stream's name. */
  readonly stream: string;
  /** A folder on a disk of this machine, for what Kinesis does not take in time. Without one such events are rejected. */
  readonly spoolFolder?: string | undefined;
  /** Of the spool on the disk; 1 GiB. */
  readonly spoolBytesMax?: number;
  /** Of one event as JSON with its partition key; 1 MiB, and up to 10 MiB if the stream was set so. */
  readonly recordBytesMax?: number;
  /** Whether the correlation of each event also stands in `__context__`, for readers that know no envelopes; false. */
  readonly context?: boolean;
  /** Of one request; 5 MiB, and 10 MiB are allowed. */
  readonly batchBytesMax?: number;
  /** Of one request; 500, which is the most that Kinesis takes. */
  readonly batchRecordsMax?: number;
  /** How long the first event of a request waits for others; 20 ms. */
  readonly lingerMs?: number;
  /** Requests on their way at the same time; 4. */
  readonly requestsAtOnce?: number;
  /** What waits in memory; 10,000 events and 32 MiB. Whoever appends more waits. */
  readonly queueRecordsMax?: number;
  readonly queueBytesMax?: number;
  /** After so long, or so many tries, an event that fails is spooled or rejected; 30 s and 20. One that only waits, because
   *  Kinesis takes no more at once, waits as long as it takes. */
  readonly ttlMs?: number;
  readonly triesMax?: number;
  /** The first pause after a failure and the longest, of which a random part is waited; 50 ms and 5 s. */
  readonly pauses?: PutSettings['pauses'];
  /** How long `close` waits for Kinesis; 5 s. */
  readonly closeMs?: number;
}

export interface AppenderStatistics extends PutStatistics {
  /** Events that became durable, in Kinesis or in the spool. */
  readonly records: number;
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  /** Written to the spool and sent from it since it was opened, and bytes that are in it now. */
  readonly spooledRecords: number;
  readonly drainedRecords: number;
  readonly spoolBytes: number;
  /** Spooled events that Kinesis refuses for good; they stand in the spool's set-aside.ndjson. */
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
