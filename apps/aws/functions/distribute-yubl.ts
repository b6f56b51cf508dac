import { openDynamoFeedStore } from '../../../adapters/aws/dynamo/feed/store.ts';
import { openSnsClient } from '../../../adapters/aws/messaging/sns-client.ts';
import { openSnsFanOut } from '../../../adapters/aws/messaging/sns-fan-out.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import type { StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import type { AwsResources } from '../resources.ts';
import { required } from '../settings.ts';
import { type ConsumersOf, streamFunction } from './stream-function.ts';

// Ten of them are one request to SNS, below the 64 KB that it bills as one; and each is a multiple of 25 items, the
// size of a write request.
export const FOLLOWERS_PER_BATCH = 250;

/** Kinesis → the feed table, and SNS for the followers' feeds. One function for both consumers, because each function
 *  on a stream takes part of the read capacity that all share. */
export function distributeYublFunction(aws: AwsResources): StreamHandler {
  return streamFunction(aws, 'feed', feedConsumers(aws));
}

export function feedConsumers(aws: AwsResources): ConsumersOf {
  const { endpoint, settings, projectionTable } = aws;
  const topicArn = required(settings.fanOutTopic, 'FIGTREE_FAN_OUT_TOPIC');
  const fanOut = openSnsFanOut(openSnsClient(endpoint), { topicArn });
  const { celebrityFollowers } = settings;
  return (version) => {
    const store = openDynamoFeedStore(projectionTable('feed', version));
    return [
      maintainFeed(store),
      distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH }),
    ];
  };
}
