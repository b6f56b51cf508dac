import { openDynamoFeedStore } from '../../../adapters/aws/dynamo/feed/store.ts';
import { openDynamoQuarantine } from '../../../adapters/aws/dynamo/quarantine/quarantine.ts';
import { readFanOutMessage } from '../../../adapters/aws/messaging/fan-out-message.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { createMessageHandler, type MessageHandler } from '../../../consumers/stream/message-handler.ts';
import { perVersion } from '../per-version.ts';
import type { AwsResources } from '../resources.ts';

/** SNS → SQS → the feed table. */
export function addToFeedFunction({ versions, projectionTable, table, log: logger }: AwsResources): MessageHandler {
  const quarantine = openDynamoQuarantine(table('quarantine'));
  const current = perVersion(versions, 'feed', (version) =>
    createMessageHandler({
      consumer: addToFeed(openDynamoFeedStore(projectionTable('feed', version))),
      read: readFanOutMessage,
      quarantine,
      logger,
    }),
  );
  return async (batch, context) => (await current())(batch, context);
}
