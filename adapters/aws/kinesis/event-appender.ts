import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { AppendOutcome, EventAppender } from '../../../ports/event-appender.ts';
import { constantBackoff } from '../../../resilience/backoff.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import { createSemaphore, type Semaphore } from '../../../resilience/semaphore.ts';
import { verifyDistribution } from './distribution-check.ts';
import { createRecordQueues } from './record-queues.ts';
import { type AppenderSettings, type AppenderStatistics, completeSettings } from './appender-settings.ts';
import { openPutSender } from './put-sender.ts';
import { openSpool, type Spool } from './spool/spool.ts';
import { recordContent, type KinesisRecord } from './stream-record.ts';

/** Appends to a Kinesis stream. Acknowledged events are in Kinesis, or fsynced in the spool until they are. */
export interface KinesisEventAppender extends EventAppender {
  readonly statistics: () => AppenderStatistics;
  /** Accepts no more events, sends the remaining ones, for `closeMs` at most, and spools the rest; without a spool the
   *  rest rejects with SHUTTING_DOWN. */
  close(): Promise<void>;
}

const APPENDED: AppendOutcome = { outcome: 'appended', position: 0 };
const LOOK_MS = 10;

/** Starts with what an earlier process left in the spool. Rejects with CONFIG_INVALID if the stream ignores partition
 *  keys or does not exist, and with DATA_IN_USE if another process holds the spool. If Kinesis is unreachable it opens
 *  all the same: the stream is verified before the first record is sent, and if it ignores keys everything is refused
 *  then. */
export async function openKinesisEventAppender(
  client: KinesisClient,
  given: AppenderSettings,
): Promise<KinesisEventAppender> {
  const settings = completeSettings(given);
  const { stream } = settings;
  await verifyDistribution(client, stream).catch((error: unknown) => {
    if (isFigtreeError(error, 'CONFIG_INVALID')) throw error;
  });
  const queued = createSemaphore<KinesisRecord>({ count: settings.queueRecordsMax, bytes: settings.queueBytesMax });
  const queues = createRecordQueues(() => sender.wake());
  let spool: Spool | undefined;
  let refusal: FigtreeError | undefined;
  let records = 0;

  function giveUp(those: readonly KinesisRecord[], reason: FigtreeError): void {
    for (const record of those) {
      if (spool === undefined || refusal?.code === 'CONFIG_INVALID') record.settle(reason);
      else spool.add(record, { givenUp: true });
    }
  }

  const sender = openPutSender({
    client,
    queues,
    settings,
    verify: () => verifyDistribution(client, stream),
    onGivenUp: giveUp,
    onRefused: (reason) => giveUp(queues.end(), (refusal = reason)),
  });
  if (settings.spool !== undefined) {
    const isAway = () => sender.statistics.failuresInRow > 0;
    spool = await openSpool({ ...settings.spool, load: (record) => queues.add(record), isAway });
  }

  function enter(record: KinesisRecord): void {
    if (refusal !== undefined) record.settle(refusal);
    // Follows earlier records of its key, wherever they are.
    else if (spool?.hasUnqueued === true && !queues.holdsUnspooled(record.key)) spool.add(record);
    else queues.add(record);
  }

  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    // Records that Kinesis does not accept now are spooled.
    const away = () => spool !== undefined && sender.statistics.failuresInRow > 0;
    const looking = startAttempts({ ...constantBackoff(LOOK_MS), withinMs: settings.closeMs });
    while (queued.count > 0 && !away() && (await looking.again()));
    queued.open();
    await sender.stop();
    refusal ??= new FigtreeError('SHUTTING_DOWN', 'The publisher was closed before Kinesis accepted this');
    giveUp(queues.end(), refusal);
    await spool?.close();
  }

  return {
    async append(events) {
      if (refusal !== undefined) throw refusal;
      if (closing !== undefined) throw new FigtreeError('SHUTTING_DOWN', 'The publisher is closed');
      const contents = events.map((event) => recordContent(event, settings));
      await allSettled(contents, { queued, ttlMs: settings.ttlMs, enter });
      records += events.length;
      return events.map(() => APPENDED);
    },
    head: async () => 0,
    statistics: () => ({
      ...sender.statistics,
      records,
      queuedRecords: queued.count,
      queuedBytes: queued.bytes,
      ...spoolStatistics(spool),
    }),
    close: () => (closing ??= close()),
  };
}

function spoolStatistics(spool: Spool | undefined) {
  const { spooled = 0, drained = 0, setAside = 0, bytes = 0 } = spool?.statistics() ?? {};
  return { spooledRecords: spooled, drainedRecords: drained, setAsideRecords: setAside, spoolBytes: bytes };
}

interface Way {
  readonly queued: Semaphore<KinesisRecord>;
  readonly ttlMs: number;
  readonly enter: (record: KinesisRecord) => void;
}

/** Settles once every record of a call has settled, with the first failure if there is one: a caller that retries finds
 *  none of them still in flight. */
function allSettled(
  contents: readonly ReturnType<typeof recordContent>[],
  { queued, ttlMs, enter }: Way,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = contents.length;
    let failed: FigtreeError | undefined;
    if (left === 0) resolve();
    const queuedAt = performance.now();
    const all = contents.map((content): KinesisRecord => {
      const record: KinesisRecord = {
        ...content,
        queuedAt,
        expiresAt: queuedAt + ttlMs,
        tries: 0,
        settle(failure) {
          queued.release(record);
          failed ??= failure;
          left -= 1;
          if (left > 0) return;
          if (failed === undefined) resolve();
          else reject(failed);
        },
      };
      return record;
    });
    queued.acquire(all, enter);
  });
}
