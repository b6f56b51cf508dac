import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../events/sequence.ts';
import type { FeedCursor, FeedItem, FeedReader, YublCursor } from '../../ports/feed-reader.ts';
import type { PageQuery } from '../../ports/page.ts';
import { sequenceOfItem, yublIdOfItem } from './feed-file.ts';
import { openFeedPages, type StoredYubl } from './feed-pages.ts';
import { compareNewestFirst } from './newest-first.ts';
import { openReadingMoments, type ReadingMoments } from './reading-moments.ts';
import { openSqlite } from './sqlite.ts';

export interface FeedReaderOptions {
  readonly path: string;
  readonly feedLength: number;
  /** The writer's checkpoint, for a reader in the same process: until it moves, the pages of one turn of the event loop are
   *  read at one moment. Without it each has its own. */
  readonly position?: () => number;
}

/** Opens the feed file for reading, beside its writer in this or another process. */
export function openSqliteFeedReader(options: FeedReaderOptions): FeedReader & { close(): void } {
  const database = openSqlite(options.path, {
    readOnly: true,
    synchronous: 'NORMAL',
    cacheMiB: 64,
    autocheckpointMiB: 0,
  });
  const moments = openReadingMoments(database, options.position);
  return {
    ...feedReader(database, options.feedLength, moments),
    close() {
      moments.end();
      database.close();
    },
  };
}

/** A page before anybody asked for objects. */
interface StoredPage<Cursor> {
  readonly yubls: readonly StoredYubl[];
  readonly next?: Cursor;
}

function feedReader(database: DatabaseSync, feedLength: number, moments: ReadingMoments): FeedReader {
  const pages = openFeedPages(database);
  const yubl = database.prepare('SELECT item FROM yubl WHERE yubl_id = ? AND hidden = 0');
  const yublCount = database.prepare('SELECT yubls FROM user WHERE user_id = ?');
  return {
    feed: async (userId, query) => parsed(moments.read(() => readFeed(userId, query))),
    async feedText(userId, query) {
      const { yubls, next } = moments.read(() => readFeed(userId, query));
      const items = `[${yubls.join()}]`;
      return next === undefined ? { items } : { items, next };
    },
    async yubl(yublId) {
      const found = moments.read(() => yubl.get(yublId)) as { item: string } | undefined;
      return found && (JSON.parse(found.item) as FeedItem);
    },
    async yublCount(userId) {
      const found = moments.read(() => yublCount.get(userId)) as { yubls: number } | undefined;
      return found?.yubls ?? 0;
    },
    yublsOf: async (userId, query) => parsed(moments.read(() => readYublsOf(userId, query))),
  };

  function readFeed(userId: string, { limit, after }: PageQuery<FeedCursor>): StoredPage<FeedCursor> {
    const shownBefore = after?.shown ?? 0;
    const wanted = Math.min(limit, feedLength - shownBefore);
    const reader = pages.reader(userId);
    if (reader === undefined || reader.gone === 1 || wanted <= 0) return { yubls: [] };
    // One more than the page holds, to know whether there is a next one.
    const limits = { count: wanted + 1, ...(after !== undefined && { after }) };
    const candidates = pages.entries(reader.number, limits);
    for (const author of pages.pulledAuthors(reader.number)) candidates.push(...pages.ofAuthor(author, limits));
    let found = newestFirst(candidates, after);
    const { floor } = reader;
    // Counted when each stands once: what an author posted before he was pulled stands in the chunks too.
    if (floor !== null && countAbove(found, floor) <= wanted) {
      const belowFloor = { ...limits, upTo: floor };
      for (const author of pages.followees(reader.number)) found.push(...pages.ofAuthor(author, belowFloor));
      found = newestFirst(found, after);
    }
    const shown = shownBefore + Math.min(wanted, found.length);
    const more = found.length > wanted && shown < feedLength;
    return cut(found, wanted, more ? (last) => ({ ...cursorOf(last), shown }) : undefined);
  }

  function readYublsOf(userId: string, { limit, after }: PageQuery<YublCursor>): StoredPage<YublCursor> {
    const author = pages.reader(userId);
    if (author === undefined || author.gone === 1) return { yubls: [] };
    const limits = { count: limit + 1, ...(after !== undefined && { after }) };
    const found = newestFirst(pages.ofAuthor({ number: author.number, since: '' }, limits), after);
    return cut(found, limit, found.length > limit ? cursorOf : undefined);
  }
}

function countAbove(yubls: readonly StoredYubl[], floor: Sequence): number {
  return yubls.reduce((count, [item]) => (sequenceOfItem(item) > floor ? count + 1 : count), 0);
}

/** Each yubl once, in order, behind the cursor. */
function newestFirst(yubls: StoredYubl[], after: YublCursor | undefined): StoredYubl[] {
  const behind = after === undefined ? yubls : yubls.filter((yubl) => compareNewestFirst(after, cursorOf(yubl)) < 0);
  if (!isInOrder(behind)) behind.sort((a, b) => compareNewestFirst(cursorOf(a), cursorOf(b)));
  return behind.filter(([item], index) => index === 0 || behind[index - 1]?.[0] !== item);
}

/** Mostly they are: a feed's entries are stored in order, and few share a sequence. */
function isInOrder(yubls: readonly StoredYubl[]): boolean {
  for (let index = 1; index < yubls.length; index += 1) {
    if (sequenceOfItem(yubls[index - 1]?.[0] ?? '') <= sequenceOfItem(yubls[index]?.[0] ?? '')) return false;
  }
  return true;
}

const cursorOf = ([item]: StoredYubl): YublCursor => ({ sequence: sequenceOfItem(item), yublId: yublIdOfItem(item) });

function cut<Cursor>(
  found: readonly StoredYubl[],
  limit: number,
  next: ((last: StoredYubl) => Cursor) | undefined,
): StoredPage<Cursor> {
  const yubls = found.slice(0, limit);
  const last = yubls.at(-1);
  return next !== undefined && last !== undefined ? { yubls, next: next(last) } : { yubls };
}

function parsed<Cursor>({ yubls, next }: StoredPage<Cursor>): { items: FeedItem[]; next?: Cursor } {
  const items = yubls.map(([item]) => JSON.parse(item) as FeedItem);
  return next === undefined ? { items } : { items, next };
}
