import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../events/sequence.ts';
import type { FeedCursor, FeedItem, FeedReader, YublCursor } from '../../ports/feed-reader.ts';
import type { Page, PageQuery } from '../../ports/page.ts';
import { ITEM, openFeedPages } from './feed-pages.ts';
import { openSqlite } from './sqlite.ts';

/** Opens the feed file for reading, beside its writer in this or another process. */
export function openSqliteFeedReader(path: string, feedLength: number): FeedReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 16, autocheckpointPages: 0 });
  return { ...feedReader(database, feedLength), close: () => database.close() };
}

function feedReader(database: DatabaseSync, feedLength: number): FeedReader {
  const pages = openFeedPages(database);
  const yubl = database.prepare(`SELECT ${ITEM} FROM yubl WHERE yubl_id = ? AND hidden = 0`);
  const yublCount = database.prepare('SELECT yubls FROM user WHERE user_id = ?');
  const begin = database.prepare('BEGIN');
  const end = database.prepare('COMMIT');

  // One moment for all that a page looks at: between two statements the writer may cut what the second one needs.
  function atOneMoment<Result>(read: () => Result): Result {
    begin.run();
    try {
      return read();
    } finally {
      end.run();
    }
  }

  return {
    feed: async (userId, query) => atOneMoment(() => readFeed(userId, query)),
    yubl: async (yublId) => yubl.get(yublId) as unknown as FeedItem | undefined,
    yublCount: async (userId) => (yublCount.get(userId) as { yubls: number } | undefined)?.yubls ?? 0,
    yublsOf: async (userId, query) => atOneMoment(() => readYublsOf(userId, query)),
  };

  function readFeed(userId: string, { limit, after }: PageQuery<FeedCursor>): Page<FeedItem, FeedCursor> {
    const shownBefore = after?.shown ?? 0;
    const wanted = Math.min(limit, feedLength - shownBefore);
    const reader = pages.reader(userId);
    if (reader === undefined || reader.gone === 1 || wanted <= 0) return { items: [] };
    // One more than the page holds, to know whether there is a next one.
    const limits = { count: wanted + 1, ...(after !== undefined && { after }) };
    const candidates = pages.entries(reader.number, limits);
    for (const author of pages.pulledAuthors(reader.number)) candidates.push(...pages.ofAuthor(author, limits));
    const { floor } = reader;
    if (floor !== null && countAbove(candidates, floor) <= wanted) {
      const belowFloor = { ...limits, upTo: floor };
      for (const author of pages.followees(reader.number)) candidates.push(...pages.ofAuthor(author, belowFloor));
    }
    const found = newestFirst(candidates, after);
    const shown = shownBefore + Math.min(wanted, found.length);
    const more = found.length > wanted && shown < feedLength;
    return page(found, wanted, more ? (last) => ({ ...cursorOf(last), shown }) : undefined);
  }

  function readYublsOf(userId: string, { limit, after }: PageQuery<YublCursor>): Page<FeedItem, YublCursor> {
    const author = pages.reader(userId);
    if (author === undefined || author.gone === 1) return { items: [] };
    const limits = { count: limit + 1, ...(after !== undefined && { after }) };
    const found = newestFirst(pages.ofAuthor({ number: author.number, since: '' }, limits), after);
    return page(found, limit, found.length > limit ? cursorOf : undefined);
  }
}

function countAbove(items: readonly FeedItem[], floor: Sequence): number {
  return items.reduce((count, item) => (item.sequence > floor ? count + 1 : count), 0);
}

/** Each yubl once, in order, behind the cursor. */
function newestFirst(items: FeedItem[], after: YublCursor | undefined): FeedItem[] {
  const behind = after === undefined ? items : items.filter((item) => compareNewestFirst(after, item) < 0);
  behind.sort(compareNewestFirst);
  return behind.filter((item, index) => index === 0 || behind[index - 1]?.yublId !== item.yublId);
}

function compareNewestFirst(a: YublCursor, b: YublCursor): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
  if (a.yublId !== b.yublId) return a.yublId > b.yublId ? -1 : 1;
  return 0;
}

const cursorOf = ({ sequence, yublId }: FeedItem): YublCursor => ({ sequence, yublId });

function page<Cursor>(
  found: FeedItem[],
  limit: number,
  next: ((last: FeedItem) => Cursor) | undefined,
): Page<FeedItem, Cursor> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return next !== undefined && last !== undefined ? { items, next: next(last) } : { items };
}
