import { defined } from '../events/defined.ts';
import { exactInstant } from '../events/instant.ts';
import type { FeedReader } from '../ports/feed-reader.ts';
import type { Page, PageQuery } from '../ports/page.ts';
import type { RelationshipReader } from '../ports/relationship-reader.ts';
import type { SearchReader } from '../ports/search-reader.ts';
import type { Past } from './causes.ts';
import { explainEdge } from './explain-edge.ts';
import { feedExplainer } from './explain-feed.ts';
import { explainFoundUser, explainFoundYubl } from './explain-search.ts';
import { explainUser } from './explain-user.ts';
import type { ComparedProjection } from './parity.ts';

// Our side of a comparison for each projection: its readers' answers, and their reasons.

/** Feeds by user: `items`, newest first. */
export function comparedFeed(feeds: Pick<FeedReader, 'feed'>, past: Past, feedLength: number): ComparedProjection {
  const items = (userId: string, limit: number) => feeds.feed(userId, { limit }).then((page) => page.items);
  return {
    ordered: true,
    lengthMax: feedLength,
    // An unknown user has an empty feed, and equals a user that the other side does not know.
    knows: async (userId) => (await items(userId, 1)).length > 0,
    list: async (userId, _, lengthMax) => (await items(userId, lengthMax)).map(({ yublId }) => yublId),
    value: async () => undefined,
    async explain({ key: userId, id }) {
      const explainer = feedExplainer({ past, feeds, userId, feedLength });
      if (id !== undefined) return explainer.entry(id);
      const [newest] = await explainer.newest(1);
      return newest ?? explainUser(past, userId, false);
    },
  };
}

const LIST_MAX = 1_000_000;

/** Users by id: their followers and followees, as sets or as counts, their names, and when they joined, which both
 *  sides normalize with `exactInstant`. */
export function comparedRelationships(reader: RelationshipReader, past: Past): ComparedProjection {
  return {
    // The order of a legacy list of relationships depends on the index that answered.
    ordered: false,
    lengthMax: LIST_MAX,
    knows: async (userId) => (await reader.user(userId)) !== undefined,
    async list(userId, field, lengthMax) {
      const read = field === 'following' ? reader.following : reader.followers;
      return (await allOf(read, userId, lengthMax)).map((other) => other.userId);
    },
    async value(userId, field) {
      const user = await reader.user(userId);
      if (user === undefined) return undefined;
      // Stored as it was published, while other systems may format the same instant differently.
      if (field === 'joinedAt') return exactInstant(user.joinedAt) ?? user.joinedAt;
      return Reflect.get(user, field) as string | number | null;
    },
    async explain({ key, field, id, there }) {
      if (id === undefined) return explainUser(past, key, there);
      const pair = field === 'following' ? { followerId: key, followeeId: id } : { followerId: id, followeeId: key };
      return explainEdge(past, { ...pair, id, there });
    },
  };
}

/** The results of a query: `users` and `yubls`. */
export function comparedSearch(search: SearchReader, past: Past): ComparedProjection {
  const users = (text: string, lengthMax: number) => allOf(search.users, text, lengthMax);
  const yubls = (text: string, lengthMax: number) => allOf(search.yubls, text, lengthMax);
  return {
    ordered: true,
    lengthMax: 10_000,
    knows: async (text) => (await users(text, 1)).length > 0 || (await yubls(text, 1)).length > 0,
    async list(text, field, lengthMax) {
      if (field === 'users') return (await users(text, lengthMax)).map(({ userId }) => userId);
      return (await yubls(text, lengthMax)).map(({ yublId }) => yublId);
    },
    value: async () => undefined,
    async explain({ key: query, field, id = '', there }) {
      const hit = { id, there, query };
      return field === 'users' ? explainFoundUser(past, hit) : explainFoundYubl(past, hit);
    },
  };
}

const PAGE_ITEMS = 500;

/** The first `lengthMax` items of a list, page by page. */
export async function allOf<Item, Cursor>(
  read: (key: string, query: PageQuery<Cursor>) => Promise<Page<Item, Cursor>>,
  key: string,
  lengthMax: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let after: Cursor | undefined;
  while (items.length < lengthMax) {
    const limit = Math.min(PAGE_ITEMS, lengthMax - items.length);
    const page = await read(key, { limit, ...defined({ after }) });
    items.push(...page.items);
    after = page.next;
    if (after === undefined) break;
  }
  return items;
}
