import type { EventEnvelope } from '../../events/envelope.ts';
import type { Stored } from '../../ports/stored.ts';
import type { RelationshipStore } from '../../ports/relationship-store.ts';
import { foldFollowEdge } from '../follow-edge.ts';
import { foldUserProfile } from '../user-profile.ts';

// The change of each event to the relationships: one write each, which the store applies as a whole. The result is the
// same for the same events in any order of arrival.

type ProfileEvent = EventEnvelope<'user-joined' | 'user-profile-updated'>;

export function changeProfile(store: RelationshipStore, event: ProfileEvent): Stored<void> {
  return store.changeUser(event.data.userId, (user) => foldUserProfile(user, event));
}

/** Nobody follows themselves, so that one unfollows themselves changes nothing. */
export function changeFollow(store: RelationshipStore, event: EventEnvelope<'followed' | 'unfollowed'>): Stored<void> {
  if (event.data.followerId === event.data.followeeId) return;
  return store.changeEdge(event.data, (edge) => foldFollowEdge(edge, event));
}

export function removeLeaver(store: RelationshipStore, event: EventEnvelope<'user-left'>): Stored<void> {
  return store.removeUser(event.data.userId);
}
