import { createHash } from 'node:crypto';

/** A stream as Amazon describes it, in memory: shards by the MD5 of the partition key, which split, and then end. The
 *  naive model with which fault tests compare. */
export interface StreamModel {
  readonly shards: readonly ModelShard[];
  put(partitionKey: string, data: string): { readonly ShardId: string; readonly SequenceNumber: string };
  /** Ends a shard; two others take its keys from now on. */
  split(shardId: string): void;
  /** Every record in the order of its key: by shard, parents first. */
  records(): ModelRecord[];
}

export interface ModelShard {
  readonly id: string;
  readonly parent: string | undefined;
  readonly from: bigint;
  readonly to: bigint;
  closed: boolean;
  readonly records: ModelRecord[];
}

export interface ModelRecord {
  readonly PartitionKey: string;
  /** Base64, as transferred. */
  readonly Data: string;
  readonly SequenceNumber: string;
  /** Seconds since 1970. */
  readonly ApproximateArrivalTimestamp: number;
}

const HASH_MAX = 2n ** 128n - 1n;

export function createStreamModel(shardCount = 2, now = Date.now): StreamModel {
  const shards: ModelShard[] = [];
  let made = 0;

  function open(from: bigint, to: bigint, parent?: string): void {
    const id = `shardId-${String(shards.length).padStart(12, '0')}`;
    shards.push({ id, parent, from, to, closed: false, records: [] });
  }

  const width = (HASH_MAX + 1n) / BigInt(shardCount);
  for (let place = 0n; place < BigInt(shardCount); place += 1n) {
    open(place * width, place === BigInt(shardCount) - 1n ? HASH_MAX : (place + 1n) * width - 1n);
  }

  function shardOf(partitionKey: string): ModelShard {
    const hash = BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
    const found = shards.find(({ closed, from, to }) => !closed && from <= hash && hash <= to);
    if (found === undefined) throw new Error('no shard has this key');
    return found;
  }

  return {
    shards,
    put(partitionKey, data) {
      const shard = shardOf(partitionKey);
      made += 1;
      const sequenceNumber = `4959${String(made).padStart(52, '0')}`;
      shard.records.push({
        PartitionKey: partitionKey,
        Data: data,
        SequenceNumber: sequenceNumber,
        ApproximateArrivalTimestamp: now() / 1000,
      });
      return { ShardId: shard.id, SequenceNumber: sequenceNumber };
    },
    split(shardId) {
      const shard = shards.find(({ id }) => id === shardId);
      if (shard === undefined || shard.closed) throw new Error(`${shardId} cannot be split`);
      const middle = (shard.from + shard.to) / 2n;
      shard.closed = true;
      open(shard.from, middle, shardId);
      open(middle + 1n, shard.to, shardId);
    },
    records: () => shards.flatMap(({ records }) => records),
  };
}
