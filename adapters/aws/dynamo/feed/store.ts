import type { FeedStore } from '../../../../ports/feed-store.ts';
import { dynamoFeedEdges } from './edges.ts';
import { dynamoFeedFanOut } from './fan-out.ts';
import { openPulledAuthors } from './pulled.ts';
import { dynamoFeedYubls } from './yubls.ts';
import type { DynamoTable } from '../dynamo-table.ts';

const PULLED_FRESH_MS = 1000;

/** The feed in one table (items.ts), for any number of writers. Repeating an interrupted call completes it. */
export function openDynamoFeedStore(table: DynamoTable): FeedStore {
  const pulled = openPulledAuthors(table, PULLED_FRESH_MS);
  return {
    ...dynamoFeedEdges(table, pulled),
    ...dynamoFeedYubls(table),
    ...dynamoFeedFanOut(table, pulled),
  };
}
