import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { defined } from '../../../events/defined.ts';
import { retryThrottled } from '../../../adapters/aws/kinesis/retry-throttled.ts';
import { readStream } from '../../../adapters/aws/kinesis/stream-reader.ts';
import type { StreamSource } from './work.ts';

const HOUR_MS = 3_600_000;

/** Reads a Kinesis stream for a rebuild. */
export function kinesisSource(client: KinesisClient, stream: string): StreamSource {
  return {
    async *read(stretch) {
      for await (const { records, readTo } of readStream({ client, stream, ...stretch })) {
        const archived = records.map(({ shardId, sequenceNumber: seq, arrivedAt, partitionKey, data }) => ({
          shardId,
          seq,
          arrivedAt: arrivedAt.toISOString(),
          partitionKey,
          data,
        }));
        yield { records: archived, ...defined({ readTo }) };
      }
    },
    async retentionMs() {
      const ask = () => client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
      const { StreamDescriptionSummary: summary } = await retryThrottled(ask, { stream });
      return summary?.RetentionPeriodHours === undefined ? Infinity : summary.RetentionPeriodHours * HOUR_MS;
    },
  };
}
