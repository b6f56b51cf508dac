import { describe } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import type { FeedUnderTest } from '../../../../ports/contracts/feed.contract.ts';
import { fewYubls } from '../../../../ports/contracts/feed-histories.ts';
import { feedContract, type FeedSettings } from '../../../../ports/contracts/feed.contract.ts';
import { addToFeed } from '../../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../../consumers/maintain-feed.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import type { RecordedEvent } from '../../../../events/envelope.ts';
import type { FanOutMessage } from '../../../../ports/fan-out.ts';
import { feedModel } from '../../../../projections/feed/feed.model.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { createTable } from '../create-table.ts';
import { deleteTable } from '../../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../client.ts';
import { openDynamoFeedReader } from './reader.ts';
import { openDynamoFeedStore } from './store.ts';
import { openDynamoTable } from '../table.ts';

const aws = awsUnderTest('dynamodb');
const RUNS = randomRuns(6);

describe.skipIf(aws.skipReason)('feeds', () => {
  feedContract(
    {
      name: `DynamoDB (${aws.engine})`,
      newPlace() {
        const place = aws.newName();
        return { place, remove: () => removeTable(place) };
      },
      open: openFeed,
      model: feedModel,
    },
    { runs: RUNS, sizes: fewYubls },
  );
});

async function removeTable(place: string): Promise<void> {
  const client = openDynamoClient(aws.config);
  await deleteTable(client, place);
  client.close();
}

async function openFeed(place: string, { feedLength, celebrityFollowers }: FeedSettings): Promise<FeedUnderTest> {
  const client = openDynamoClient(aws.config);
  await createTable(client, place);
  const table = openDynamoTable(client, place);
  const store = openDynamoFeedStore(table);
  const consumer = addToFeed(store);
  const fanOut = {
    // As a queue would deliver it.
    send: async (message: FanOutMessage) =>
      void (await consumer.handle(JSON.parse(JSON.stringify(message)) as FanOutMessage)),
  };
  const handlers = [maintainFeed(store), distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: 2 })].map(
    handleAlone,
  );
  async function handleKey(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) for (const handle of handlers) await handle(event);
  }
  return {
    async apply(events) {
      const keys = Map.groupBy(events, (event) => event.partitionkey);
      await Promise.all([...keys.values()].map(handleKey));
    },
    reader: openDynamoFeedReader(table, { feedLength, pulledFreshMs: 0, consistent: true }),
    close: async () => client.close(),
  };
}
