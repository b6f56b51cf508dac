import type { ArchivedRecord, EventArchive } from '../ports/event-archive.ts';
import type { Log } from './runtime/consumer.ts';
import type { BatchAnswer, StreamBatch, StreamRecord } from './stream/lambda-events.ts';
import { isStreamRecord, recordsIn } from './stream/record-shape.ts';

/** Archives whole batches of a stream, including records that are no events, because they could not be found anywhere
 *  else later. A batch that could not be stored is delivered again from its first record, so nothing is skipped and
 *  objects stay as large as batches. */
export function archiveEvents(archive: Pick<EventArchive, 'put'>, log: Log) {
  return async (batch: StreamBatch): Promise<BatchAnswer> => {
    const all = recordsIn(batch);
    const records = all.filter(isArchivable);
    // No object could be named after such a record, and it would block the shard permanently. Its content stays out of
    // the log.
    const others = all.length - records.length;
    if (others > 0) log.error({ records: others }, 'records that do not belong to a stream are not archived');
    const [first] = records;
    if (first === undefined) return { batchItemFailures: [] };
    try {
      await archive.put(records.map(archivedRecord));
      return { batchItemFailures: [] };
    } catch (error) {
      log.error({ records: records.length, first: first.eventID, error }, 'batch could not be archived');
      return { batchItemFailures: [{ itemIdentifier: first.kinesis.sequenceNumber }] };
    }
  };
}

/** Whether a record has a shard, a sequence number and a time of arrival, besides what a stream handler needs. */
function isArchivable(record: unknown): record is StreamRecord {
  if (!isStreamRecord(record)) return false;
  const { eventID, kinesis } = record as { eventID: unknown; kinesis: Record<string, unknown> };
  const arrivedMs = Number(kinesis['approximateArrivalTimestamp']) * 1000;
  return typeof eventID === 'string' && /^[\w.-]+:/.test(eventID) && arrivedMs >= 0 && arrivedMs < END_OF_YEAR_9999_MS;
}

// Later times have no name by day and hour.
const END_OF_YEAR_9999_MS = 253_402_300_800_000;

function archivedRecord({ eventID, kinesis }: StreamRecord): ArchivedRecord {
  const { sequenceNumber: seq, partitionKey, data, approximateArrivalTimestamp } = kinesis;
  return {
    shardId: eventID.slice(0, eventID.indexOf(':')),
    seq,
    arrivedAt: new Date(Math.round(approximateArrivalTimestamp * 1000)).toISOString(),
    partitionKey,
    data: Buffer.from(data, 'base64'),
  };
}
