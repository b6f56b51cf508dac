import type { EventEnvelope } from '../../events/envelope.ts';
import type { Row } from '../../ports/row-store.ts';

/** The rows of the sample projection after these events, table by table, by looking at all of them: in whatever order
 *  the keys of a history are handled, if each has its own. */
export function sampleRows(events: readonly EventEnvelope[]): Readonly<Record<string, readonly Row[]>> {
  const left = new Set(events.flatMap((event) => (event.type === 'user-left' ? [event.data.userId] : [])));
  const profiles = new Map<string, Row>();
  const followers = new Map<string, { userId: string; followerId: string; since: string; times: number }>();
  const following = new Map<string, { followerId: string; userId: string; times: number }>();
  const yubls = new Map<string, { yublId: string; authorId: string; words: string[]; length: number }>();
  for (const event of events) {
    switch (event.type) {
      case 'user-joined': {
        const { userId, userName: name, firstName = null } = event.data;
        const changes = Number(profiles.get(userId)?.['changes'] ?? 0) + 1;
        const weight = name.length % 2 === 0 ? { weight: name.length / 4 - 1 } : {};
        profiles.set(userId, { userId, name, first: firstName, changes, joined: true, ...weight });
        break;
      }
      case 'user-profile-updated': {
        const { userId, userName } = event.data;
        const { name = '', first = null, joined = false, changes = 0 } = profiles.get(userId) ?? {};
        profiles.set(userId, { userId, name: userName ?? name, first, joined, changes: Number(changes) + 1 });
        break;
      }
      case 'followed': {
        const { followerId, followeeId: userId, followedAt: since } = event.data;
        const pair = `${userId} ${followerId}`;
        followers.set(pair, { userId, followerId, since, times: (followers.get(pair)?.times ?? 0) + 1 });
        following.set(pair, { followerId, userId, times: (following.get(pair)?.times ?? 0) + 1 });
        break;
      }
      case 'unfollowed':
        followers.delete(`${event.data.followeeId} ${event.data.followerId}`);
        following.delete(`${event.data.followeeId} ${event.data.followerId}`);
        break;
      case 'yubl-posted': {
        const { yublId, authorId, text } = event.data;
        const words = [...new Set(text.split(' ').filter((each) => each !== ''))];
        yubls.set(yublId, { yublId, authorId, words, length: text.length / 2 });
        break;
      }
      case 'yubl-deleted':
        yubls.delete(event.data.yublId);
        break;
      case 'user-left':
      case 'notifications-read':
        break;
    }
  }
  const kept = {
    profiles: [...profiles.values()].filter(({ userId }) => !left.has(String(userId))),
    followers: [...followers.values()].filter(({ userId }) => !left.has(userId)),
    following: [...following.values()].filter(({ followerId, userId }) => !left.has(followerId) && !left.has(userId)),
    yubls: [...yubls.values()].filter(({ authorId }) => !left.has(authorId)),
  };
  const follows = counted(kept.followers.flatMap(({ userId, times }) => Array<string>(times).fill(userId)));
  const words = counted(kept.yubls.flatMap((one) => one.words));
  return {
    ...kept,
    follows: [...follows].map(([userId, times]) => ({ userId, times })),
    words: [...words].map(([word, yubls]) => ({ word, yubls })),
  };
}

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
