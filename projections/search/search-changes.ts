import type { EventEnvelope } from '../../events/envelope.ts';
import type { Stored } from '../../ports/stored.ts';
import type { IndexedUser, SearchIndex } from '../../ports/search-index.ts';
import type { UserRecord } from '../../ports/user-record.ts';
import { foldUserProfile } from '../user-profile.ts';
import { foldName, foldWords } from './folded-text.ts';

// The change of each event to the search index: one write each, which the index applies as a whole. The result is the
// same for the same events in any order of arrival.

type ProfileEvent = EventEnvelope<'user-joined' | 'user-profile-updated'>;

export function changeIndexedUser(index: SearchIndex, event: ProfileEvent): Stored<void> {
  return index.changeUser(event.data.userId, (before) => foldIndexedUser(before, event));
}

export function removeIndexedUser(index: SearchIndex, event: EventEnvelope<'user-left'>): Stored<void> {
  return index.removeUser(event.data.userId);
}

export function addIndexedYubl(index: SearchIndex, { data, sequence }: EventEnvelope<'yubl-posted'>): Stored<void> {
  const { yublId, authorId, text, postedAt } = data;
  return index.addYubl({ yublId, authorId, text, postedAt, sequence }, foldWords(text));
}

export function removeIndexedYubl(index: SearchIndex, event: EventEnvelope<'yubl-deleted'>): Stored<void> {
  return index.deleteYubl(event.data.yublId);
}

function foldIndexedUser(before: IndexedUser | undefined, event: ProfileEvent): IndexedUser {
  const after = foldUserProfile(before, event);
  return after === before ? before : { ...after, names: namesOf(after) };
}

/** Undefined before the user has joined, because it is not a user yet. */
function namesOf({ joinedAt, userName, firstName, lastName }: UserRecord): string[] {
  if (joinedAt === undefined) return [];
  const names = [userName?.value, firstName?.value, lastName?.value].map((name) => foldName(name ?? ''));
  return [...new Set(names)].filter((name) => name !== '');
}
