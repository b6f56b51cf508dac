import type { ArchivedRecord, EventArchive } from '../ports/event-archive.ts';
import type { Log } from './runtime/consumer.ts';
import type { BatchAnswer, StreamBatch, StreamRecord } from './stream/lambda-events.ts';

/** Keeps whole batches of a stream, whatever is in them: what is no event stays with the rest, because this is the only place
 *  where it could be looked for later. A batch that could not be kept is given again from its first record on, so nothing
 *  is passed by and objects stay as large as batches are. */
export function archiveEvents(archive: Pick<EventArchive, 'put'>, log: Log) {
  return async ({ Records }: StreamBatch): Promise<BatchAnswer> => {
    const [first] = Records;
    if (first === undefined) return { batchItemFailures: [] };
    try {
      await archive.put(Records.map(archivedRecord));
      return { batchItemFailures: [] };
    } catch (error) {
      log.error({ records: Records.length, first: first.eventID, error }, 'a batch could not be archived');
      return { batchItemFailures: [{ itemIdentifier: first.kinesis.sequenceNumber }] };
    }
  };
}

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
