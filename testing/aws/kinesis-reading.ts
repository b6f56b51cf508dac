import type { ModelRecord, ModelShard, StreamModel } from './kinesis-stream-model.ts';

// The reading half of the stand-in: only the requests of the stream reader.

type Body = Record<string, unknown>;

export function readOperation(model: StreamModel, operation: string, body: Body): { status?: number } & Body {
  if (operation === 'ListShards') return listShards(model, body);
  if (operation === 'GetShardIterator') return shardIterator(model, body);
  if (operation === 'GetRecords') return getRecords(model, body);
  return { status: 400, __type: 'UnknownOperationException' };
}

const SHARDS_A_PAGE = 2;

function listShards({ shards }: StreamModel, { NextToken }: Body): Body {
  const from = Number(NextToken ?? 0);
  const page = shards.slice(from, from + SHARDS_A_PAGE).map(({ id, parent, from, to }) => ({
    ShardId: id,
    ParentShardId: parent,
    HashKeyRange: { StartingHashKey: String(from), EndingHashKey: String(to) },
    SequenceNumberRange: { StartingSequenceNumber: '0' },
  }));
  const next = from + SHARDS_A_PAGE;
  return { Shards: page, ...(next < shards.length && { NextToken: String(next) }) };
}

function shardIterator({ shards }: StreamModel, body: Body): Body {
  const shard = shards.find(({ id }) => id === body['ShardId']);
  if (shard === undefined) return { status: 400, __type: 'ResourceNotFoundException' };
  return { ShardIterator: `${shard.id}/${placeOf(shard.records, body)}` };
}

function placeOf(records: readonly ModelRecord[], body: Body): number {
  const kind = body['ShardIteratorType'];
  const from = records.findIndex(({ SequenceNumber, ApproximateArrivalTimestamp }) =>
    kind === 'AFTER_SEQUENCE_NUMBER'
      ? SequenceNumber > String(body['StartingSequenceNumber'])
      : kind === 'TRIM_HORIZON' || ApproximateArrivalTimestamp >= Number(body['Timestamp']),
  );
  return from === -1 ? records.length : from;
}

function getRecords({ shards }: StreamModel, { ShardIterator, Limit }: Body): Body {
  const [id, place = ''] = String(ShardIterator).split('/');
  const shard = shards.find((each) => each.id === id) as ModelShard;
  const from = Number(place);
  const page = shard.records.slice(from, from + Number(Limit ?? 10_000));
  const next = from + page.length;
  const atEnd = next === shard.records.length;
  return {
    Records: page,
    MillisBehindLatest: atEnd ? 0 : 1000,
    ...(!(shard.closed && atEnd) && { NextShardIterator: `${shard.id}/${next}` }),
  };
}
