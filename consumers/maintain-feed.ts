import type { FeedStore } from '../ports/feed-store.ts';
import { applyDeletion, applyFollow, applyLeaving } from '../projections/feed/feed.ts';
import type { Consumer } from './runtime/consumer.ts';

/** Keeps what decides who may see a yubl: follows, deletions, and users who left. */
export function maintainFeed(store: FeedStore): Consumer {
  return {
    name: 'maintain-feed',
    on: {
      followed: (event) => applyFollow(store, event),
      unfollowed: (event) => applyFollow(store, event),
      'yubl-deleted': (event) => applyDeletion(store, event),
      'user-left': (event) => applyLeaving(store, event),
    },
  };
}
