import type { EventEnvelope } from '../../events/envelope.ts';
import type { Relationship, UserProfile } from '../../ports/relationship-reader.ts';
import { inOrder, usersIn } from '../users.model.ts';

/** The relationships after these events, in whatever order they are given: computed by replaying them in order of
 *  sequence, and by counting lists. For tests. */
export function relationshipsModel(events: readonly EventEnvelope[]) {
  const { users, gone } = usersIn(events);
  const edges = edgesIn(events).filter((edge) => !gone.has(edge.followerId) && !gone.has(edge.followeeId));
  const followersOf = (userId: string) => edges.filter((edge) => edge.followeeId === userId);
  const followingOf = (userId: string) => edges.filter((edge) => edge.followerId === userId);

  const profiles = [...users.values()].map((user): UserProfile => ({
    ...user,
    followers: followersOf(user.userId).length,
    following: followingOf(user.userId).length,
  }));
  return {
    user: (userId: string) => profiles.find((profile) => profile.userId === userId),
    followers: (userId: string) => list(followersOf(userId), (edge) => edge.followerId),
    following: (userId: string) => list(followingOf(userId), (edge) => edge.followeeId),
    followingSince: (followerId: string, followeeId: string) =>
      edges.find((edge) => edge.followerId === followerId && edge.followeeId === followeeId)?.since,
    mostFollowed: (limit: number) =>
      profiles.toSorted((a, b) => b.followers - a.followers || (a.userId < b.userId ? -1 : 1)).slice(0, limit),
    totals: () => ({ users: profiles.length, follows: edges.length }),
  };
}

interface Edge {
  readonly followerId: string;
  readonly followeeId: string;
  readonly sequence: string;
  readonly since: string;
}

function edgesIn(events: readonly EventEnvelope[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const event of inOrder(events)) {
    if (event.type !== 'followed' && event.type !== 'unfollowed') continue;
    const { followerId, followeeId } = event.data;
    const pair = `${followerId} ${followeeId}`;
    if (event.type === 'unfollowed') edges.delete(pair);
    else if (!edges.has(pair)) {
      edges.set(pair, { followerId, followeeId, sequence: event.sequence, since: event.data.followedAt });
    }
  }
  return [...edges.values()];
}

function list(edges: readonly Edge[], other: (edge: Edge) => string): Relationship[] {
  return edges
    .toSorted((a, b) => {
      if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
      return other(a) < other(b) ? -1 : 1;
    })
    .map((edge) => ({ userId: other(edge), since: edge.since }));
}
