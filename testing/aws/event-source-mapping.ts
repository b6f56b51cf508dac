import { type BatchOutcome, streamOutcome } from './event-source-rules.ts';
import { type Invoke, invokeOnce } from './lambda-invocation.ts';

// An event source mapping of a Kinesis stream, by Lambda's documented rules, because no emulator follows those on partial
// responses. Where the documentation is silent, these choices apply:
// - The rest of a batch keeps its retry count, though some of it was done.
// - A batch whose first record is reported cannot be split there: it is retried as it is, and that counts.
// - Lambda may deliver a completed batch again; `again` decides how often.

export interface MappingSettings {
  /** Default 100. */
  readonly batchSize?: number;
  /** The batch waits this long for more records after its first one. Default 0. */
  readonly windowMs?: number;
  /** Default 1. */
  readonly parallelizationFactor?: number;
  /** Default -1: unlimited. */
  readonly maximumRetryAttempts?: number;
  /** Default -1: any. */
  readonly maximumRecordAgeMs?: number;
  readonly bisectBatchOnFunctionError?: boolean;
  /** Default true. */
  readonly reportBatchItemFailures?: boolean;
  /** The function's time limit, in real time. Default 60,000. */
  readonly functionTimeoutMs?: number;
}

export interface SentRecord {
  readonly partitionKey: string;
  readonly sequenceNumber: string;
  /** Base64. */
  readonly data: string;
  /** Milliseconds of the mapping's own clock, which begins at 0. */
  readonly arrivedAtMs: number;
}

export interface StreamToDrive {
  /** Shards by generation: those of one are read when all of the one before have been, as children are after their
   *  parents. */
  readonly generations: readonly (readonly (readonly SentRecord[])[])[];
  readonly invoke: Invoke<KinesisEvent>;
  readonly settings?: MappingSettings;
  /** Whether a completed batch is delivered again. */
  readonly again?: () => boolean;
}

export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
}

type KinesisEventRecord = ReturnType<typeof eventRecord>;

/** The records sent to the on-failure destination. */
export interface Discarded {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly shardId: string;
  readonly sequenceNumbers: readonly string[];
}

export interface Driven {
  /** In the order in which they were sent. */
  readonly discarded: readonly Discarded[];
  /** The sequence numbers of each invocation. */
  readonly invocations: readonly (readonly string[])[];
}

const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
// In the mapping's clock: the minimum duration of an invocation, and the pause before a retry.
const STEP_MS = 100;
const LARGEST_INVOCATIONS = 20_000;

/** Resolves when the function has received every record, or the mapping has given up. */
export async function driveStream({
  generations,
  invoke,
  settings = {},
  again = () => false,
}: StreamToDrive): Promise<Driven> {
  const discarded: Discarded[] = [];
  const invocations: string[][] = [];
  const { parallelizationFactor = 1 } = settings;
  const driver: Driver = { settings, invoke, again, discarded, invocations, clock: { ms: 0 } };
  let shards = 0;
  for (const generation of generations) {
    const lanes = generation.flatMap((records) => {
      const shardId = `shardId-${String(shards++).padStart(12, '0')}`;
      return lanesOf(records, parallelizationFactor).map((lane) => driveLane(driver, shardId, lane));
    });
    await Promise.all(lanes);
  }
  return { discarded, invocations };
}

interface Driver {
  readonly settings: MappingSettings;
  readonly invoke: Invoke<KinesisEvent>;
  readonly again: () => boolean;
  readonly discarded: Discarded[];
  readonly invocations: string[][];
  readonly clock: { ms: number };
}

/** Records of one key stay together and in order. */
function lanesOf(records: readonly SentRecord[], factor: number): SentRecord[][] {
  const lanes = Array.from({ length: factor }, (): SentRecord[] => []);
  for (const record of records) {
    const hash = [...record.partitionKey].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
    lanes[hash % factor]?.push(record);
  }
  return lanes;
}

async function driveLane(driver: Driver, shardId: string, records: readonly SentRecord[]): Promise<void> {
  for (let from = 0; from < records.length;) {
    const batch = nextBatch(driver, records.slice(from));
    do await driveBatch(driver, shardId, batch);
    while (driver.again());
    from += batch.length;
  }
}

function nextBatch({ settings, clock }: Driver, records: readonly SentRecord[]): SentRecord[] {
  const { batchSize = 100, windowMs = 0 } = settings;
  const first = records[0]?.arrivedAtMs ?? 0;
  const untilMs = Math.max(clock.ms, first + windowMs);
  const batch: SentRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += JSON.stringify(record).length + 300;
    const full = batch.length === batchSize || (batch.length > 0 && bytes > PAYLOAD_BYTES_MAX);
    if (full || record.arrivedAtMs > untilMs) break;
    batch.push(record);
  }
  const last = batch.at(-1)?.arrivedAtMs ?? 0;
  clock.ms = Math.max(clock.ms, batch.length === batchSize ? last : untilMs);
  return batch;
}

interface Part {
  readonly records: readonly SentRecord[];
  readonly retries: number;
}

async function driveBatch(driver: Driver, shardId: string, batch: readonly SentRecord[]): Promise<void> {
  const parts: Part[] = [{ records: batch, retries: 0 }];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const records = withoutAged(driver, shardId, part.records);
    if (records.length === 0) continue;
    const outcome = await outcomeOf(driver, shardId, records);
    parts.unshift(...partsAfter(driver, shardId, { part: { ...part, records }, outcome }));
  }
}

async function outcomeOf(driver: Driver, shardId: string, records: readonly SentRecord[]): Promise<BatchOutcome> {
  const { settings, invoke, invocations, clock } = driver;
  const { functionTimeoutMs = 60_000, reportBatchItemFailures = true } = settings;
  const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
  if (invocations.push(numbers) > LARGEST_INVOCATIONS) throw new Error('the function is invoked without an end');
  clock.ms += STEP_MS;
  const event = { Records: records.map((record) => eventRecord(shardId, record)) };
  const ended = await invokeOnce(invoke, event, functionTimeoutMs);
  if (ended.kind === 'failed') return 'failed';
  return reportBatchItemFailures ? streamOutcome(ended.answer, numbers) : 'done';
}

/** Pending batches, the next one first. */
function partsAfter(
  { settings, discarded }: Driver,
  shardId: string,
  { part, outcome }: { readonly part: Part; readonly outcome: BatchOutcome },
): Part[] {
  if (outcome === 'done') return [];
  const { bisectBatchOnFunctionError = false, maximumRetryAttempts = -1 } = settings;
  const doneBefore = outcome === 'failed' ? 0 : outcome.doneBefore;
  const records = part.records.slice(doneBefore);
  if (bisectBatchOnFunctionError) {
    // Splitting does not use up retries.
    if (doneBefore > 0) return [{ records, retries: part.retries }];
    const half = Math.ceil(records.length / 2);
    if (outcome === 'failed' && records.length > 1) {
      return [records.slice(0, half), records.slice(half)].map((some) => ({ records: some, retries: part.retries }));
    }
  }
  if (maximumRetryAttempts < 0 || part.retries < maximumRetryAttempts) return [{ records, retries: part.retries + 1 }];
  discarded.push({ condition: 'RetryAttemptsExhausted', shardId, sequenceNumbers: numbersOf(records) });
  return [];
}

function withoutAged({ settings, clock, discarded }: Driver, shardId: string, records: readonly SentRecord[]) {
  const { maximumRecordAgeMs = -1 } = settings;
  const isAged = ({ arrivedAtMs }: SentRecord) =>
    maximumRecordAgeMs >= 0 && clock.ms - arrivedAtMs > maximumRecordAgeMs;
  const aged = records.filter(isAged);
  if (aged.length > 0) {
    discarded.push({ condition: 'RecordAgeExceeded', shardId, sequenceNumbers: numbersOf(aged) });
  }
  return records.filter((record) => !isAged(record));
}

const numbersOf = (records: readonly SentRecord[]) => records.map(({ sequenceNumber }) => sequenceNumber);

function eventRecord(shardId: string, { partitionKey, sequenceNumber, data, arrivedAtMs }: SentRecord) {
  const approximateArrivalTimestamp = 1_456_124_520 + arrivedAtMs / 1000;
  return {
    awsRegion: 'eu-west-1',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:eu-west-1:123456789012:stream/events',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/function',
    kinesis: { approximateArrivalTimestamp, data, kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber },
  };
}
