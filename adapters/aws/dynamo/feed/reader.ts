import type { FeedCursor, FeedItem, FeedReader, YublCursor } from '../../../../ports/feed-reader.ts';
import type { Page, PageQuery } from '../../../../ports/page.ts';
import { countFitting, measuredYubl } from '../../../shared/page-fitting.ts';
import {
  feedItemOf,
  followeeOf,
  NEWEST_PLACE,
  placeOf,
  pointerKey,
  timelineKey,
  userAndFollows,
  userKey,
} from './items.ts';
import { mergeNewestFirst } from './merge.ts';
import { openPulledAuthors, type PulledAuthors } from './pulled.ts';
import { type Candidate, entries, type Following, onlyFollowed, type Reading, timeline } from './sources.ts';
import { keyText } from '../item.ts';
import type { DynamoTable } from '../dynamo-table.ts';

export interface DynamoFeedReaderOptions {
  readonly feedLength: number;
  /** How long the list of pulled authors is reused, in milliseconds. Default 1000. */
  readonly pulledFreshMs?: number;
  /** Default false: the latest writes may not be visible yet, at half the price. */
  readonly consistent?: boolean;
}

const PULLED_FRESH_MS = 1000;

/** Reads the feed table. A page of a feed takes the edges, the entries and the texts of the page, and one query for
 *  each pulled author whom the user follows. */
export function openDynamoFeedReader(table: DynamoTable, options: DynamoFeedReaderOptions): FeedReader {
  const { feedLength, pulledFreshMs = PULLED_FRESH_MS, consistent = false } = options;
  const pulled = openPulledAuthors(table, pulledFreshMs);

  async function feed(userId: string, { limit, after }: PageQuery<FeedCursor>): Promise<Page<FeedItem, FeedCursor>> {
    const shownBefore = after?.shown ?? 0;
    const wanted = Math.min(limit, feedLength - shownBefore);
    if (wanted <= 0) return { items: [] };
    const reading: Reading = { table, consistent, upTo: after === undefined ? NEWEST_PLACE : placeOf(after) };
    const next = await candidates({ reading, pulled }, userId, wanted);
    if (next === undefined) return { items: [] };
    // One more than the page holds, to know whether there is a next one.
    const found = await shown(reading, after === undefined ? next : behindPlace(next, reading.upTo), wanted + 1);
    const count = countFitting(found, wanted, measuredYubl);
    const shownNow = shownBefore + count;
    const more = found.length > count && shownNow < feedLength;
    return cut(found, count, more ? (last) => ({ ...cursorOf(last), shown: shownNow }) : undefined);
  }

  async function yublsOf(userId: string, { limit, after }: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>> {
    const upTo = after === undefined ? NEWEST_PLACE : placeOf(after);
    const reading: Reading = { table, consistent, upTo };
    const next = mergeNewestFirst([timeline(reading, { authorId: userId }, limit + 2)]);
    const found = await shown(reading, behindPlace(next, after && upTo), limit + 1);
    const count = countFitting(found, limit, measuredYubl);
    return cut(found, count, found.length > count ? cursorOf : undefined);
  }

  return {
    feed,
    async feedText(userId, query) {
      const { items, next } = await feed(userId, query);
      const text = JSON.stringify(items);
      return next === undefined ? { items: text } : { items: text, next };
    },
    async yubl(yublId) {
      const pointer = await table.get(pointerKey(yublId));
      if (pointer === undefined || pointer['gone'] === true) return undefined;
      const place = placeOf({ sequence: pointer['s'] as string, yublId });
      const item = await table.get(timelineKey(pointer['a'] as string, place));
      return item && feedItemOf(item);
    },
    yublsOf,
    async yublCount(userId) {
      const user = await table.get(userKey(userId));
      return user === undefined || user['gone'] === true ? 0 : ((user['yubls'] as number | undefined) ?? 0);
    },
  };
}

interface Sources {
  readonly reading: Reading;
  readonly pulled: PulledAuthors;
}

const PULLED_PORTION_MIN = 5;

type Next = () => Promise<Candidate | undefined>;

/** All candidates for the feed, newest first. Undefined for a user who left or follows no one. */
async function candidates(sources: Sources, userId: string, wanted: number): Promise<Next | undefined> {
  const { reading, pulled } = sources;
  const written = entries(reading, userId, wanted + 2);
  const [following, pulledNow] = await Promise.all([followingOf(reading, userId), pulled.all()]);
  if (following.size === 0) return undefined;
  const fanned = new Map([...following].filter(([authorId]) => !pulledNow.has(authorId)));
  const pulledOnes = [...following].filter(([authorId]) => pulledNow.has(authorId));
  // Twice the average share of each author: usually enough, so that few need a second query.
  const portion = Math.min(wanted + 2, Math.max(PULLED_PORTION_MIN, Math.ceil((2 * wanted) / (pulledOnes.length + 1))));
  return mergeNewestFirst([
    ...(fanned.size === 0 ? [] : [onlyFollowed(written, fanned)]),
    ...pulledOnes.map(([authorId, since]) => timeline(reading, { authorId, since }, portion)),
  ]);
}

async function followingOf({ table, consistent }: Reading, userId: string): Promise<Following> {
  const following = new Map<string, string>();
  const { sk: ownKey } = userKey(userId);
  for (const item of await table.queryAll({ ...userAndFollows(userId), consistent })) {
    if (item.sk === ownKey) {
      if (item['gone'] === true) return new Map();
    } else if (item['s'] !== undefined) following.set(followeeOf(item), item['s'] as string);
  }
  return following;
}

/** Skips what the previous page ended with. */
function behindPlace(next: Next, upTo: string | undefined): Next {
  if (upTo === undefined) return next;
  return async () => {
    let candidate = await next();
    while (candidate?.place === upTo) candidate = await next();
    return candidate;
  };
}

/** The first `count` that are visible. An entry whose yubl is no longer in a timeline shows nothing. */
async function shown({ table, consistent }: Reading, next: Next, count: number): Promise<FeedItem[]> {
  const found: FeedItem[] = [];
  for (let ended = false; found.length < count && !ended;) {
    const some: Candidate[] = [];
    while (found.length + some.length < count) {
      const candidate = await next();
      if (candidate === undefined) {
        ended = true;
        break;
      }
      some.push(candidate);
    }
    const textless = some.flatMap(({ yubl, authorId, place }) => (yubl ? [] : [timelineKey(authorId, place)]));
    const texts = textless.length === 0 ? undefined : await table.getAll(textless, { consistent });
    for (const { yubl, authorId, place } of some) {
      if (yubl !== undefined) found.push(yubl);
      const item = texts?.get(keyText(timelineKey(authorId, place)));
      if (item !== undefined) found.push(feedItemOf(item));
    }
  }
  return found;
}

const cursorOf = ({ sequence, yublId }: FeedItem): YublCursor => ({ sequence, yublId });

function cut<Cursor>(
  found: readonly FeedItem[],
  limit: number,
  next: ((last: FeedItem) => Cursor) | undefined,
): Page<FeedItem, Cursor> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return next !== undefined && last !== undefined ? { items, next: next(last) } : { items };
}
