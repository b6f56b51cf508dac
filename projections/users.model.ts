import type { EventEnvelope } from '../events/envelope.ts';
import type { UserProfile } from '../ports/relationship-reader.ts';

export type ModelUser = Omit<UserProfile, 'followers' | 'following'>;

/** The users who have joined and not left after these events, and those who have left, computed by replaying them in
 *  order of sequence. For tests. */
export function usersIn(events: readonly EventEnvelope[]): { users: Map<string, ModelUser>; gone: Set<string> } {
  const ordered = inOrder(events);
  const gone = new Set(ordered.flatMap((event) => (event.type === 'user-left' ? [event.data.userId] : [])));
  const joined = new Set(ordered.flatMap((event) => (event.type === 'user-joined' ? [event.data.userId] : [])));
  const users = new Map<string, ModelUser>();
  for (const event of ordered) {
    if (event.type !== 'user-joined' && event.type !== 'user-profile-updated') continue;
    const { userId } = event.data;
    const nobody: ModelUser = { userId, userName: '', firstName: null, lastName: null, joinedAt: '' };
    const before = event.type === 'user-joined' ? nobody : (users.get(userId) ?? nobody);
    users.set(userId, { ...before, ...event.data });
  }
  for (const userId of users.keys()) if (gone.has(userId) || !joined.has(userId)) users.delete(userId);
  return { users, gone };
}

/** In order of sequence. */
export function inOrder(events: readonly EventEnvelope[]): EventEnvelope[] {
  return events.toSorted((a, b) => Number(a.sequence > b.sequence) - Number(a.sequence < b.sequence));
}
