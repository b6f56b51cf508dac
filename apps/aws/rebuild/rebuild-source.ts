import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { readStream } from '../../../adapters/aws/kinesis/stream-reader.ts';
import type { ReadStream } from './rebuild-work.ts';

/** A Kinesis stream as a rebuild reads it. */
export function kinesisSource(client: KinesisClient, stream: string): ReadStream {
  return async function* read(stretch) {
    for await (const { records } of readStream({ client, stream, ...stretch })) {
      yield {
        records: records.map(({ shardId, sequenceNumber: seq, arrivedAt, partitionKey, data }) => ({
          shardId,
          seq,
          arrivedAt: arrivedAt.toISOString(),
          partitionKey,
          data,
        })),
      };
    }
  };
}
