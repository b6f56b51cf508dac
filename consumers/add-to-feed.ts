import type { FanOutMessage } from '../ports/fan-out.ts';
import type { FeedStore } from '../ports/feed-store.ts';
import { whenStored } from './runtime/when-stored.ts';
import type { MessageConsumer } from './runtime/consumer.ts';

/** Adds a yubl to the feeds of one batch of followers. Idempotent: a message that is delivered twice adds it once. */
export function addToFeed(store: FeedStore): MessageConsumer<FanOutMessage> {
  return {
    name: 'add-to-feed',
    handle: ({ yubl, followers }) => whenStored(store.addToFeeds(yubl, followers), () => ({ feeds: followers.size })),
  };
}
