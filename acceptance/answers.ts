import type { ReadOnlyEngine } from '../engine/engine.ts';

/** The parameters of the questions. */
export interface Questions {
  readonly userIds: readonly string[];
  readonly yublIds: readonly string[];
  /** Queries of the user search. */
  readonly names: readonly string[];
  /** Queries of the yubl search. */
  readonly words: readonly string[];
}

/** All answers of an engine to them. Where the interface guarantees no order among equals, none is compared. */
export interface Answers {
  readonly feeds: Record<string, FeedItem[]>;
  /** Null if there is no such yubl. */
  readonly yubls: Record<string, FeedItem | null>;
  readonly yublsOf: Record<string, FeedItem[]>;
  readonly yublCounts: Record<string, number>;
  /** Null if there is no such user. */
  readonly users: Record<string, UserProfile | null>;
  readonly followers: Record<string, Relationship[]>;
  readonly following: Record<string, Relationship[]>;
  /** The follower counts of users with followers, highest first. */
  readonly followersOfMostFollowed: number[];
  readonly totals: { readonly users: number; readonly follows: number };
  /** Ids of the users, sorted. */
  readonly usersFound: Record<string, string[]>;
  /** Ids of the yubls, newest first; of one sequence, highest first. */
  readonly yublsFound: Record<string, string[]>;
}

type Feeds = ReadOnlyEngine['feeds'];
type Relationships = ReadOnlyEngine['relationships'];
type FeedItem = NonNullable<Awaited<ReturnType<Feeds['yubl']>>>;
type UserProfile = NonNullable<Awaited<ReturnType<Relationships['user']>>>;
type Relationship = Awaited<ReturnType<Relationships['followers']>>['items'][number];

export type Readers = Pick<ReadOnlyEngine, 'feeds' | 'relationships' | 'search'>;

/** Asks an engine, with lists in pages of `limit`. */
export async function askEngine(engine: Readers, questions: Questions, limit = 50): Promise<Answers> {
  const { feeds, relationships, search } = engine;
  const { userIds, yublIds, names, words } = questions;
  const mostFollowed = await relationships.mostFollowed(userIds.length);
  const usersFound = everyPage(search.users.bind(search), limit);
  const yublsFound = everyPage(search.yubls.bind(search), limit);
  return {
    feeds: await each(userIds, everyPage(feeds.feed.bind(feeds), limit)),
    yubls: await each(yublIds, async (yublId) => (await feeds.yubl(yublId)) ?? null),
    yublsOf: await each(userIds, everyPage(feeds.yublsOf.bind(feeds), limit)),
    yublCounts: await each(userIds, (userId) => feeds.yublCount(userId)),
    users: await each(userIds, async (userId) => (await relationships.user(userId)) ?? null),
    followers: await each(userIds, everyPage(relationships.followers.bind(relationships), limit)),
    following: await each(userIds, everyPage(relationships.following.bind(relationships), limit)),
    followersOfMostFollowed: mostFollowed.flatMap(({ followers }) => followers || []),
    totals: await relationships.totals(),
    usersFound: await each(names, async (text) => (await usersFound(text)).map(({ userId }) => userId).toSorted()),
    yublsFound: await each(words, async (text) => (await yublsFound(text)).map(({ yublId }) => yublId)),
  };
}

type List<Item, Cursor> = (
  about: string,
  query: { limit: number; after?: Cursor },
) => Promise<{ readonly items: Item[]; readonly next?: Cursor }>;

/** Joins the pages of a list. */
function everyPage<Item, Cursor>(list: List<Item, Cursor>, limit: number): (about: string) => Promise<Item[]> {
  return async (about) => {
    const found: Item[] = [];
    let page = await list(about, { limit });
    found.push(...page.items);
    while (page.next !== undefined) {
      page = await list(about, { limit, after: page.next });
      found.push(...page.items);
    }
    return found;
  };
}

// An emulator that is asked about all users at once answers none of them before the client times out.
const AT_ONCE = 50;

async function each<Answer>(
  ids: readonly string[],
  answer: (id: string) => Promise<Answer>,
): Promise<Record<string, Answer>> {
  const answers: (readonly [string, Answer])[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    answers.push(...(await Promise.all(some.map(async (id) => [id, await answer(id)] as const))));
  }
  return Object.fromEntries(answers);
}
