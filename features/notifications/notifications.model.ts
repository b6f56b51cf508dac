import type { EventEnvelope } from '../../events/envelope.ts';
import { inOrder } from '../../projections/users.model.ts';

export interface Notification {
  readonly followerId: string;
  readonly followedAt: string;
  readonly isRead: boolean;
}

/** The inbox of a user after these events, by looking at each other user: newest first, those of one moment backwards
 *  by their ids. */
export function inboxModel(events: readonly EventEnvelope[], userId: string): Notification[] {
  const ordered = inOrder(events);
  const left = new Set(ordered.flatMap((event) => (event.type === 'user-left' ? [event.data.userId] : [])));
  if (left.has(userId)) return [];
  const reads = ordered.flatMap((event) =>
    event.type === 'notifications-read' && event.data.userId === userId ? [Date.parse(event.data.readUpTo)] : [],
  );
  const readUpTo = Math.max(-Infinity, ...reads);
  const follows = ordered.flatMap((event) => (event.type === 'followed' || event.type === 'unfollowed' ? [event] : []));
  const others = new Set(follows.map(({ data }) => data.followerId));
  return [...others]
    .filter((other) => !left.has(other))
    .flatMap((followerId) => {
      const last = follows.findLast(({ data }) => data.followerId === followerId && data.followeeId === userId);
      if (last?.type !== 'followed') return [];
      const { followedAt } = last.data;
      return [{ followerId, followedAt, isRead: Date.parse(followedAt) <= readUpTo }];
    })
    .toSorted((a, b) => Date.parse(b.followedAt) - Date.parse(a.followedAt) || (a.followerId < b.followerId ? 1 : -1));
}
