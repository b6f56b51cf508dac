import { type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { defined } from '../../../events/defined.ts';
import { retryThrottled } from './retry-throttled.ts';

export interface FoundShard {
  readonly id: string;
  /** The shards that it came from, one for a split or two for a merge. They may no longer exist. */
  readonly parents: readonly string[];
}

/** All shards of a stream, including closed ones as long as their records are kept. */
export async function listShards(client: KinesisClient, stream: string, signal?: AbortSignal): Promise<FoundShard[]> {
  const found: FoundShard[] = [];
  let token: string | undefined;
  do {
    // A token includes the stream's name, and Kinesis refuses both together.
    const query = token === undefined ? { StreamName: stream } : { NextToken: token };
    const options = signal === undefined ? {} : { abortSignal: signal };
    const ask = () => client.send(new ListShardsCommand(query), options);
    const answer = await retryThrottled(ask, { stream, ...defined({ signal }) });
    for (const { ShardId: id = '', ParentShardId, AdjacentParentShardId } of answer.Shards ?? []) {
      found.push({ id, parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined) });
    }
    token = answer.NextToken;
  } while (token !== undefined);
  return found;
}
