import type { EventEnvelope } from '../../events/envelope.ts';
import type { FeedStore } from '../../ports/feed-store.ts';
import type { Stored } from '../../ports/stored.ts';
import { foldFollowEdge } from '../follow-edge.ts';

// Rule 6: a yubl is in a user's feed if and only if, in order of sequence, the user followed its author when it was
// posted and has not unfollowed since, the yubl is not deleted, and neither of the two has left. Each function applies
// one kind of event to the store so that this stays true in whatever order the events arrive.

/** Following or unfollowing: a late follow adds the yubls that were posted after it. */
export function applyFollow(store: FeedStore, event: EventEnvelope<'followed' | 'unfollowed'>): Stored<void> {
  return store.changeEdge(event.data, (edge) => foldFollowEdge(edge, event));
}

/** Returns the yubl if it is visible: not if its deletion came first, or its author left. */
export function applyPost(store: FeedStore, { data, sequence }: EventEnvelope<'yubl-posted'>) {
  const { yublId, authorId, text, postedAt } = data;
  return store.addYubl({ yublId, authorId, text, postedAt, sequence });
}

export function applyDeletion(store: FeedStore, { data }: EventEnvelope<'yubl-deleted'>): Stored<void> {
  return store.deleteYubl(data.yublId);
}

export function applyLeaving(store: FeedStore, { data }: EventEnvelope<'user-left'>): Stored<void> {
  return store.removeUser(data.userId);
}
