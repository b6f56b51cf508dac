import type { EventData, EventType } from '../events/catalog.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import type { Answers, Questions } from './answers.ts';

// The correct answers, derived from ARCHITECTURE.md (rules 6 and 7) and from nothing else: no state, no order of
// arrival, every answer computed from all events. Slow, and easy to verify.

/** The answers of an engine with feeds of `feedLength` after these events, in whatever order they arrived. */
export function naiveAnswers(events: readonly EventEnvelope[], feedLength: number, questions: Questions): Answers {
  const happened = lookInto(events);
  const { userIds, yublIds, names, words } = questions;
  const each = <Answer>(ids: readonly string[], answer: (id: string) => Answer) =>
    Object.fromEntries(ids.map((id) => [id, answer(id)]));
  return {
    feeds: each(userIds, (userId) => happened.feed(userId).slice(0, feedLength)),
    yubls: each(yublIds, (yublId) => happened.yubls.find((yubl) => yubl.yublId === yublId) ?? null),
    yublsOf: each(userIds, (userId) => happened.yublsOf(userId)),
    yublCounts: each(userIds, (userId) => happened.yublsOf(userId).length),
    users: each(userIds, (userId) => happened.user(userId) ?? null),
    followers: each(userIds, (userId) =>
      happened.followers(userId).map(({ followerId, since }) => ({ userId: followerId, since })),
    ),
    following: each(userIds, (userId) =>
      happened.followees(userId).map(({ followeeId, since }) => ({ userId: followeeId, since })),
    ),
    followersOfMostFollowed: userIds
      .flatMap((userId) => (happened.user(userId)?.followers ?? 0) || [])
      .toSorted((a, b) => b - a),
    totals: { users: userIds.filter((userId) => happened.user(userId)).length, follows: happened.edges.length },
    usersFound: each(names, (name) => userIds.filter((userId) => happened.isCalled(userId, name)).toSorted()),
    yublsFound: each(words, (text) => happened.yublsWith(text).map(({ yublId }) => yublId)),
  };
}

interface Edge {
  readonly followerId: string;
  readonly followeeId: string;
  readonly since: string;
  readonly sequence: string;
}

function lookInto(events: readonly EventEnvelope[]) {
  const all = <Type extends EventType>(type: Type) =>
    events
      .filter((event) => event.type === type)
      .map(({ data, sequence }) => ({ ...(data as EventData<Type>), sequence }));
  const left = new Set(all('user-left').map(({ userId }) => userId));
  const deleted = new Set(all('yubl-deleted').map(({ yublId }) => yublId));
  const yubls = all('yubl-posted')
    .filter(({ yublId, authorId }) => !deleted.has(yublId) && !left.has(authorId))
    .toSorted(newestFirst);
  const edges = edgesOf(all('followed'), all('unfollowed'))
    .filter(({ followerId, followeeId }) => !left.has(followerId) && !left.has(followeeId))
    .toSorted(newestFirst);
  const followees = (userId: string) => edges.filter(({ followerId }) => followerId === userId);
  const followers = (userId: string) => edges.filter(({ followeeId }) => followeeId === userId);

  function user(userId: string) {
    const [joined] = all('user-joined').filter((event) => event.userId === userId);
    if (joined === undefined || left.has(userId)) return undefined;
    const updates = all('user-profile-updated').filter((event) => event.userId === userId);
    const started = { ...joined, firstName: joined.firstName ?? null, lastName: joined.lastName ?? null };
    const newest = <Field extends 'userName' | 'firstName' | 'lastName'>(field: Field) => {
      const said = [started, ...updates.filter((update) => update[field] !== undefined)];
      const [last] = said.toSorted((a, b) => (a.sequence > b.sequence ? -1 : 1));
      return (last?.[field] ?? null) as (typeof started)[Field];
    };
    return {
      userId,
      userName: newest('userName'),
      firstName: newest('firstName'),
      lastName: newest('lastName'),
      joinedAt: joined.joinedAt,
      followers: followers(userId).length,
      following: followees(userId).length,
    };
  }

  return {
    yubls,
    edges,
    user,
    followees,
    followers,
    feed: (userId: string) => {
      const since = new Map(followees(userId).map((edge) => [edge.followeeId, edge.sequence]));
      return yubls.filter(({ authorId, sequence }) => (since.get(authorId) ?? '~') < sequence);
    },
    yublsOf: (userId: string) => yubls.filter(({ authorId }) => authorId === userId),
    yublsWith: (text: string) =>
      yubls.filter((yubl) => wordsOf(text).every((word) => wordsOf(yubl.text).includes(word))),
    isCalled(userId: string, text: string): boolean {
      const found = user(userId);
      const names = [found?.userName, found?.firstName, found?.lastName].flatMap((name) => name?.toLowerCase() ?? []);
      const begins = (typed: string) => names.some((name) => name.startsWith(typed));
      return begins(text.toLowerCase()) || wordsOf(text).every(begins);
    },
  };
}

interface Follow {
  readonly followerId: string;
  readonly followeeId: string;
  readonly sequence: string;
}

/** Who follows whom at the end. Each edge is the follow that began it: the first one without a later unfollow. */
function edgesOf(followed: readonly (Follow & { followedAt: string })[], unfollowed: readonly Follow[]): Edge[] {
  const samePair = (a: Follow, b: Follow) => a.followerId === b.followerId && a.followeeId === b.followeeId;
  const lasting = followed.filter((follow) =>
    unfollowed.every((end) => !samePair(follow, end) || end.sequence < follow.sequence),
  );
  const first = lasting.filter((follow) =>
    lasting.every((other) => !samePair(follow, other) || follow.sequence <= other.sequence),
  );
  return first.map(({ followedAt, ...edge }) => ({ ...edge, since: followedAt }));
}

/** For plain texts without accents. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().split(' ');
}

function newestFirst(a: { sequence: string; yublId?: string }, b: { sequence: string; yublId?: string }): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
  return (a.yublId ?? '') > (b.yublId ?? '') ? -1 : 1;
}
