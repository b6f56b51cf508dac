import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { defined } from '../../../events/defined.ts';
import { nameOf } from './failure.ts';
import { retryThrottled } from './retry-throttled.ts';

export interface ArrivedRecord {
  readonly shardId: string;
  /** Increases along a shard. Numbers of different shards are not comparable. */
  readonly sequenceNumber: string;
  /** By the clock of Kinesis, approximately. */
  readonly arrivedAt: Date;
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export interface StreamPage {
  readonly shardId: string;
  readonly records: readonly ArrivedRecord[];
  /** How far the end of this page is behind the newest record of the shard; 0 if it is the newest. */
  readonly behindMs: number;
  readonly askedAt: Date;
  /** No page follows: the shard was split, merged with another, or its records have expired. */
  readonly ended: boolean;
}

/** Where to begin in a shard: after a sequence number, at a time of arrival, or else at the oldest record. */
export interface ShardStart {
  readonly after?: string;
  readonly at?: Date;
}

interface Parts {
  readonly client: KinesisClient;
  readonly stream: string;
  readonly shardId: string;
  readonly start: ShardStart;
  readonly pageRecordsMax?: number;
  readonly signal?: AbortSignal;
}

/** Reads one shard from its start on. An iterator is valid for five minutes; an expired one is requested again. */
export function openShard({ client, stream, shardId, start, pageRecordsMax = 1000, signal }: Parts) {
  let iterator: string | undefined;
  let last = start.after;
  const options = signal === undefined ? {} : { abortSignal: signal };

  async function ask(): Promise<StreamPage> {
    iterator ??= await findIterator();
    const askedAt = new Date();
    if (iterator === undefined) return { shardId, records: [], behindMs: 0, askedAt, ended: true };
    const answer = await client
      .send(new GetRecordsCommand({ ShardIterator: iterator, Limit: pageRecordsMax }), options)
      .catch((error: unknown) => {
        if (nameOf(error) === 'ExpiredIteratorException') iterator = undefined;
        throw error;
      });
    const records = (answer.Records ?? []).map((record) => ({
      shardId,
      sequenceNumber: record.SequenceNumber ?? '',
      arrivedAt: record.ApproximateArrivalTimestamp ?? askedAt,
      partitionKey: record.PartitionKey ?? '',
      data: record.Data ?? new Uint8Array(),
    }));
    last = records.at(-1)?.sequenceNumber ?? last;
    iterator = answer.NextShardIterator ?? undefined;
    return { shardId, records, behindMs: answer.MillisBehindLatest ?? 0, askedAt, ended: iterator === undefined };
  }

  /** Undefined if the shard no longer exists. */
  async function findIterator(): Promise<string | undefined> {
    const common = { StreamName: stream, ShardId: shardId };
    const place =
      last !== undefined
        ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last } as const)
        : start.at !== undefined
          ? ({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: start.at } as const)
          : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    try {
      const answer = await client.send(new GetShardIteratorCommand({ ...common, ...place }), options);
      return answer.ShardIterator;
    } catch (error) {
      if (nameOf(error) === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  return { next: () => retryThrottled(ask, { stream, ...defined({ signal }) }) };
}
