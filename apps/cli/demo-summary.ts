import type { FeedItem } from '../../ports/feed-reader.ts';
import type { UserProfile } from '../../ports/relationship-reader.ts';
import type { UserHit } from '../../ports/search-reader.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ImportSummary } from './commands/import.ts';

/** The interesting facts of a data folder after the import of the sample. */
export interface DemoSummary {
  readonly folder: string;
  readonly import: ImportSummary;
  readonly counts: { readonly users: number; readonly follows: number; readonly yubls: number };
  readonly mostFollowed: readonly UserProfile[];
  readonly feed: { readonly user: UserProfile; readonly items: readonly NamedFeedItem[] } | undefined;
  readonly userSearch: { readonly q: string; readonly items: readonly UserHit[] };
  readonly yublSearch: { readonly q: string; readonly items: readonly NamedFeedItem[] };
}

export interface NamedFeedItem extends FeedItem {
  readonly author: string;
}

const TOP_USERS = 3;
const FEED_ITEMS = 5;
const SEARCH_ITEMS = 3;
const YUBL_QUERY = 'kernel update';
const PAGE_EVENTS = 2000;
const FOLLOWERS_LOOKED_AT = 200;

type Imported = Pick<DemoSummary, 'folder' | 'import'>;

export async function summarize(engine: Engine, imported: Imported): Promise<DemoSummary> {
  const mostFollowed = await engine.relationships.mostFollowed(TOP_USERS);
  const reader = await busiestReader(engine, mostFollowed);
  const feed = reader && {
    user: reader,
    items: await named(engine, (await engine.feeds.feed(reader.userId, { limit: FEED_ITEMS })).items),
  };
  // A person would type the beginning of a name.
  const q = (mostFollowed[0]?.userName ?? 'a').slice(0, 2).toLowerCase();
  return {
    ...imported,
    counts: { ...(await engine.relationships.totals()), yubls: await countYubls(engine) },
    mostFollowed,
    feed,
    userSearch: { q, items: (await engine.search.users(q, { limit: SEARCH_ITEMS })).items },
    yublSearch: {
      q: YUBL_QUERY,
      items: await named(engine, (await engine.search.yubls(YUBL_QUERY, { limit: SEARCH_ITEMS })).items),
    },
  };
}

// Users who follow many have a full feed, and can be found among the followers of the most followed users.
async function busiestReader(engine: Engine, stars: readonly UserProfile[]): Promise<UserProfile | undefined> {
  const readers = new Set<string>();
  for (const { userId } of stars) {
    const { items } = await engine.relationships.followers(userId, { limit: FOLLOWERS_LOOKED_AT });
    for (const follower of items) readers.add(follower.userId);
  }
  const profiles = await Promise.all([...readers].map((userId) => engine.relationships.user(userId)));
  return profiles.reduce((best, each) => (each && (!best || each.following > best.following) ? each : best), undefined);
}

async function named(engine: Engine, items: readonly FeedItem[]): Promise<NamedFeedItem[]> {
  const authors = await Promise.all(items.map(({ authorId }) => engine.relationships.user(authorId)));
  return items.map((item, index) => ({ ...item, author: authors[index] ? nameOf(authors[index]) : item.authorId }));
}

/** First and last name if there are any, else the user name. */
export function nameOf({
  firstName,
  lastName,
  userName,
}: Pick<UserHit, 'firstName' | 'lastName' | 'userName'>): string {
  const full = [firstName, lastName].filter((part) => part !== null && part !== '').join(' ');
  return full === '' ? userName : `${full} (${userName})`;
}

async function countYubls({ log }: Engine): Promise<number> {
  const head = await log.head();
  let [count, after] = [0, 0];
  while (after < head) {
    const page = await log.read({ after, limit: PAGE_EVENTS, types: ['yubl-posted'] });
    count += page.events.length;
    after = page.position;
  }
  return count;
}
