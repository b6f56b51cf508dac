import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import { type Backoff, backoffMs } from '../../../resilience/backoff.ts';
import { isRefusedForGood, kinesisFailure } from './failure.ts';
import type { RecordQueues } from './record-queues.ts';
import { createSendPace } from './pace.ts';
import { compareSequenceNumbers } from '../sequence-numbers.ts';
import type { KinesisRecord } from './stream-record.ts';

/** Sends what is ready in the queues, in full requests if possible, and retries failures. */
export interface PutSender {
  /** There may be something to send. */
  wake(): void;
  /** Starts no more requests, and resolves once none is in flight. */
  stop(): Promise<void>;
  readonly statistics: PutStatistics;
}

export interface PutStatistics {
  /** PutRecords that were sent, including failed ones. */
  readonly requests: number;
  /** Requests that failed as a whole, or without an answer. */
  readonly failedRequests: number;
  /** Records that failed singly: throttled, or an internal failure. */
  readonly failedRecords: number;
  /** Records that Kinesis placed before an earlier one of their key. Kinesis says that this generally does not happen;
   *  anything but 0 means that readers see events out of order. */
  readonly disorderedRecords: number;
  /** Failed requests since the last answered one; 0 if Kinesis is reachable. */
  readonly failuresInRow: number;
}

export interface PutSettings {
  readonly stream: string;
  readonly requestsAtOnce: number;
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly lingerMs: number;
  readonly ttlMs: number;
  readonly triesMax: number;
  readonly pauses: Backoff;
}

interface Parts {
  readonly client: KinesisClient;
  readonly queues: RecordQueues;
  readonly settings: PutSettings;
  /** Verifies the stream's configuration: rejects with CONFIG_INVALID if nothing may ever be sent to it. */
  readonly verify: () => Promise<void>;
  /** Records that failed for too long, in the order of each key. No other records of these keys are in flight, except
   *  those in the spool. */
  readonly onGivenUp: (records: readonly KinesisRecord[], reason: FigtreeError) => void;
  readonly onRefused: (reason: FigtreeError) => void;
}

/** Sends nothing before the stream was verified, and then up to the limits of the settings. */
export function openPutSender(parts: Parts): PutSender {
  const { client, queues, settings, verify } = parts;
  const { stream, batchRecordsMax: count, batchBytesMax: bytes } = settings;
  const state: State = {
    pausedUntil: 0,
    lastSweep: 0,
    answeredAt: -Infinity,
    reading: false,
    verified: false,
    stopped: false,
  };
  const statistics = { requests: 0, failedRequests: 0, failedRecords: 0, disorderedRecords: 0, failuresInRow: 0 };
  const answers = answerReading(parts, state, statistics);
  let running = 0;
  let onIdle = () => {};

  const pace = createSendPace(begin, () => {
    const { since, ...ready } = queues.ready;
    // During an outage, one request at a time is enough to detect its end.
    const atOnce = state.verified && statistics.failuresInRow === 0 ? settings.requestsAtOnce : 1;
    if (state.stopped || state.reading || since === undefined || running >= atOnce) return undefined;
    const now = performance.now();
    const lingering = ready.count >= count || ready.bytes >= bytes ? 0 : since + settings.lingerMs - now;
    return Math.max(lingering, state.pausedUntil - now, 0);
  });

  function begin(): void {
    running += 1;
    void (state.verified ? send(queues.take({ count, bytes })) : ask()).finally(() => {
      running -= 1;
      if (running === 0) onIdle();
      pace.wake();
    });
  }

  async function ask(): Promise<void> {
    try {
      await verify();
      state.verified = true;
      statistics.failuresInRow = 0;
    } catch (error) {
      if (!isFigtreeError(error, 'CONFIG_INVALID')) return answers.failed([], error);
      state.stopped = true;
      parts.onRefused(error);
    }
  }

  async function send(batch: readonly KinesisRecord[]): Promise<void> {
    statistics.requests += 1;
    try {
      const Records = batch.map(({ key, data }) => ({ PartitionKey: key, Data: data }));
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
      if (answer.Records?.length !== batch.length) throw new Error('the response does not match the records');
      answers.read(batch, answer.Records);
    } catch (error) {
      statistics.failedRequests += 1;
      if (isRefusedForGood(error)) answers.refused(batch, error);
      else answers.failed(batch, error);
    }
  }

  return {
    wake: pace.wake,
    stop: () =>
      new Promise((resolve) => {
        state.stopped = true;
        pace.end();
        onIdle = resolve;
        if (running === 0) resolve();
      }),
    statistics,
  };
}

interface State {
  pausedUntil: number;
  lastSweep: number;
  /** When the stream last answered. */
  answeredAt: number;
  /** While an answer is read, records that become ready are collected rather than sent one by one. */
  reading: boolean;
  verified: boolean;
  stopped: boolean;
}

const SWEEP_MS = 250;

/** Processes the outcome of a request for its records. */
function answerReading(
  { queues, settings, onGivenUp }: Parts,
  state: State,
  statistics: { -readonly [Name in keyof PutStatistics]: PutStatistics[Name] },
) {
  const { stream, pauses } = settings;

  function readOne(answer: PutRecordsResultEntry, record: KinesisRecord): void {
    if (answer.ErrorCode === undefined) {
      const { ShardId: shardId = '', SequenceNumber: sequenceNumber = '' } = answer;
      const { behind } = record;
      if (behind?.shardId === shardId && compareSequenceNumbers(sequenceNumber, behind.sequenceNumber) <= 0) {
        statistics.disorderedRecords += 1;
      }
      const next = queues.remove(record);
      if (next !== undefined) next.behind = { shardId, sequenceNumber };
      return record.settle();
    }
    statistics.failedRecords += 1;
    noteFailure(record);
    queues.putBack(record, Math.max(1, backoffMs(record.tries, pauses)));
  }

  // A record that waited long in the queue of a busy stream has the same number of attempts as others.
  function noteFailure(record: KinesisRecord): void {
    if (record.tries === 0) record.expiresAt = Math.max(record.expiresAt, performance.now() + settings.ttlMs);
    record.tries += 1;
  }

  function sweep(reason: unknown): void {
    const now = performance.now();
    state.lastSweep = now;
    const isAway = now - state.answeredAt >= settings.ttlMs;
    const expired = queues.takeExpired((record, head) => {
      if (record.expiresAt === Infinity) return false;
      if (record.tries >= settings.triesMax) return true;
      // While the stream answers, waiting is no failure, except behind a spooled record, which never expires.
      const fails = isAway || (head.tries > 0 && (head === record || head.expiresAt === Infinity));
      return fails && record.expiresAt <= now;
    });
    if (expired.length > 0) onGivenUp(expired, kinesisFailure(stream, reason));
  }

  return {
    read(batch: readonly KinesisRecord[], answers: readonly PutRecordsResultEntry[]): void {
      statistics.failuresInRow = 0;
      state.answeredAt = performance.now();
      state.reading = true;
      answers.forEach((answer, place) => readOne(answer, batch[place] as KinesisRecord));
      state.reading = false;
      if (performance.now() < state.lastSweep + SWEEP_MS) return;
      sweep(new Error(answers.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode));
    },

    /** The outcome of all records is unknown. */
    failed(batch: readonly KinesisRecord[], error: unknown): void {
      statistics.failuresInRow += 1;
      state.pausedUntil = performance.now() + backoffMs(statistics.failuresInRow, pauses);
      for (const record of batch) {
        noteFailure(record);
        queues.putBack(record, 0);
      }
      sweep(error);
    },

    /** One record is at fault: each is sent again alone, which shows which one. */
    refused(batch: readonly KinesisRecord[], error: unknown): void {
      for (const record of batch) {
        if (batch.length > 1) {
          record.alone = true;
          queues.putBack(record, 0);
        } else {
          queues.remove(record);
          const message = `Kinesis stream ${stream} permanently rejects a record`;
          record.settle(new FigtreeError('EVENT_INVALID', message, { stream, cause: error }));
        }
      }
    },
  };
}
