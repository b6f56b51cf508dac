import type { RelationshipStore } from '../ports/relationship-store.ts';
import { changeFollow, changeProfile, removeLeaver } from '../projections/relationships/relationship-changes.ts';
import type { Consumer } from './runtime/consumer.ts';

/** Keeps users, and who follows whom. */
export function trackRelationships(store: RelationshipStore): Consumer {
  return {
    name: 'track-relationships',
    on: {
      'user-joined': (event) => changeProfile(store, event),
      'user-profile-updated': (event) => changeProfile(store, event),
      'user-left': (event) => removeLeaver(store, event),
      followed: (event) => changeFollow(store, event),
      unfollowed: (event) => changeFollow(store, event),
    },
  };
}
