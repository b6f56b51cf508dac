import { createFailureWindows } from '../../resilience/failure-windows.ts';
import { startPool } from '../../resilience/pool.ts';
import { createFailureSettling } from './failure-settling.ts';
import { type InvocationTime, invocationTime, watched } from './invocation-time.ts';
import { type RecordQueue, queuesByKey } from './record-queue.ts';
import type { BatchAnswer, InvocationContext, StreamBatch, StreamRecord } from './lambda-events.ts';
import { quarantineRefused, type RefusedRecord } from './quarantining.ts';
import { createQueueRunner } from './queue-runner.ts';
import { identifierOf, isStreamRecord, recordsIn, refusedRecord } from './record-shape.ts';
import { createStreamHandling } from './stream-handling.ts';
import type { StreamHandlerOptions, StreamLimits } from './stream-options.ts';

/** Handles a batch of records of a Kinesis stream, for an event source mapping with ReportBatchItemFailures. Never
 *  rejects: records to be retried are in the answer. */
export type StreamHandler = (batch: StreamBatch, context: InvocationContext) => Promise<BatchAnswer>;

const DEFAULT_LIMITS: StreamLimits = {
  keysAtOnce: 16,
  attemptsMax: 5,
  firstPauseMs: 100,
  pauseFactor: 4,
  outagePauseMs: 5000,
  eventTimeoutMs: 20_000,
  reserveMs: 5000,
};

/** Records of different keys are handled concurrently, those of one key in order. A key stops at its first failure
 *  while the others continue; the failed record and those behind it are delivered again. Records that can never be
 *  handled go to the quarantine, and an event that fails too often is parked with those behind it, so that neither
 *  blocks the shard. */
export function createStreamHandler(options: StreamHandlerOptions): StreamHandler {
  const { parking, logger } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  // Lives as long as the process: a failing batch is delivered again automatically.
  const outages = createFailureWindows();
  const handling = createStreamHandling({ ...options, outages });
  const settling = createFailureSettling({ ...options, limits, outages, handling });

  /** Work that hangs is given up: its key continues with the next delivery. */
  function isLate(queue: RecordQueue, limitMs: number): boolean {
    const { current } = queue;
    if (current === undefined || performance.now() - current.sinceMs <= limitMs) return false;
    queue.failure = { error: handling.timedOut(current.event, limitMs) };
    return true;
  }

  async function handleBatch(all: readonly unknown[], time: InvocationTime): Promise<Undone> {
    const queues = queuesByKey(all.filter(isStreamRecord));
    const states = await parking.states(queues.map(({ key }) => key));
    for (const queue of queues) queue.state = states.get(queue.key);
    const runQueue = createQueueRunner({ parking, handling, time });
    await watched(startPool(queues, runQueue, limits.keysAtOnce), time, isLate);
    const pauseMs = await settling.settle(queues);
    const refused = await quarantineRefused(options, [...shapeless(all), ...refusedIn(queues)]);
    if (queues.some(({ state }) => state === 'stopped')) await parking.settled();
    return { queues, refused, pauseMs };
  }

  return async (batch, context) => {
    const time = invocationTime(context, limits);
    const records = recordsIn(batch);
    if (records.length === 0) logger.warn({}, 'the event has no records');
    try {
      const { queues, refused, pauseMs } = await handleBatch(records, time);
      if (pauseMs > 0) await time.pause(pauseMs);
      return answerOf(records, [...refused, ...queues.flatMap(notDone)]);
    } catch (error) {
      logger.error({ error }, 'batch cannot be handled, all of it will be retried');
      await time.pause(limits.outagePauseMs);
      return answerOf(records, records);
    }
  };
}

interface Undone {
  readonly queues: readonly RecordQueue[];
  /** Records that could not be quarantined. */
  readonly refused: readonly unknown[];
  readonly pauseMs: number;
}

const notDone = ({ records, done }: RecordQueue): readonly StreamRecord[] =>
  done < records.length ? records.slice(done) : [];

function answerOf(records: readonly unknown[], undone: readonly unknown[]): BatchAnswer {
  if (undone.length === 0) return { batchItemFailures: [] };
  const again = new Set(undone);
  const inOrder = records.filter((record) => again.has(record));
  return { batchItemFailures: inOrder.map((record) => ({ itemIdentifier: identifierOf(record) })) };
}

/** Records of the wrong shape have no key, and stop none. */
function shapeless(records: readonly unknown[]): RefusedRecord[] {
  return records.flatMap((record) =>
    isStreamRecord(record) ? [] : [{ record, refusal: refusedRecord(record, 'stream') }],
  );
}

function refusedIn(queues: readonly RecordQueue[]): RefusedRecord[] {
  const refused: RefusedRecord[] = [];
  for (const { records, refused: ofQueue, done } of queues) {
    for (const [place, refusal] of ofQueue) {
      const record = records[place];
      if (record !== undefined && place < done) refused.push({ record, refusal });
    }
  }
  return refused;
}
