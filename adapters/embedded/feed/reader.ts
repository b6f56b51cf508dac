import type { DatabaseSync } from 'node:sqlite';
import { defined } from '../../../events/defined.ts';
import type { Sequence } from '../../../events/sequence.ts';
import type { FeedCursor, FeedItem, FeedReader, YublCursor } from '../../../ports/feed-reader.ts';
import type { PageQuery } from '../../../ports/page.ts';
import { countFitting, type Measured } from '../../shared/page-fitting.ts';
import { sequenceOfItem, yublIdOfItem } from './file.ts';
import { type FeedPages, type Gathered, openFeedPages, type StoredYubl } from './pages.ts';
import { compareNewestFirst } from '../projection/newest-first.ts';
import { openReadingMoments, type ReadingMoments } from '../files/reading-moments.ts';
import { openSqlite } from '../files/sqlite.ts';
import { openYublTexts } from './yubl-texts.ts';

export interface FeedReaderOptions {
  readonly path: string;
  readonly feedLength: number;
  /** The writer's checkpoint, for a reader in the same process: until it moves, all pages of one turn of the event loop
   *  are read at one moment. Without it each has its own. */
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
  const texts = openYublTexts(database);
  const pages = openFeedPages(database, texts);
  const begun = () => {
    texts.catchUp();
    pages.begin();
  };
  const moments = openReadingMoments(database, { position: options.position, begun });
  return {
    ...feedReader({ database, pages, moments }, options.feedLength),
    close() {
      moments.end();
      database.close();
    },
  };
}

/** A page before its items are parsed. */
interface StoredPage<Cursor> {
  readonly yubls: readonly StoredYubl[];
  readonly next?: Cursor;
}

interface ReaderParts {
  readonly database: DatabaseSync;
  readonly pages: FeedPages;
  readonly moments: ReadingMoments;
}

function feedReader({ database, pages, moments }: ReaderParts, feedLength: number): FeedReader {
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
    if (reader === undefined || reader.gone || wanted <= 0) return { yubls: [] };
    // One more than the page holds, to know whether there is a next one.
    const limits = { count: wanted + 1, ...defined({ after }) };
    const pulled: StoredYubl[] = [];
    for (const author of pages.pulledAuthors(reader.number)) pulled.push(...pages.ofAuthor(author, limits));
    let found = newestFirst(joined(pages.entries(reader, limits), pulled), after);
    const { floor } = reader;
    // Checked without duplicates: yubls that an author posted before being pulled are in the chunks too.
    if (floor !== null && !isAbove(found[wanted], floor)) {
      const belowFloor = { ...limits, upTo: floor };
      const older: StoredYubl[] = [];
      for (const author of pages.followees(reader.number)) older.push(...pages.ofAuthor(author, belowFloor));
      found = newestFirst(joined({ yubls: found, distinct: true }, older), after);
    }
    const count = countFitting(found, wanted, measuredItem);
    const shown = shownBefore + count;
    const more = found.length > count && shown < feedLength;
    return cut(found, count, more ? (last) => ({ ...cursorOf(last), shown }) : undefined);
  }

  function readYublsOf(userId: string, { limit, after }: PageQuery<YublCursor>): StoredPage<YublCursor> {
    const author = pages.reader(userId);
    if (author === undefined || author.gone) return { yubls: [] };
    const limits = { count: limit + 1, ...defined({ after }) };
    const found = pages.ofAuthor({ number: author.number, since: '' }, limits);
    const count = countFitting(found, limit, measuredItem);
    return cut(found, count, found.length > count ? cursorOf : undefined);
  }
}

// Stored as JSON, with at most three bytes per UTF-16 unit.
const measuredItem: Measured<StoredYubl> = { bytesMax: (item) => 3 * item.length + 1, json: (item) => item };

function isAbove(item: StoredYubl | undefined, floor: Sequence): boolean {
  return item !== undefined && sequenceOfItem(item) > floor;
}

function joined(gathered: Gathered, others: readonly StoredYubl[]): Gathered {
  return others.length === 0 ? gathered : { yubls: [...gathered.yubls, ...others], distinct: false };
}

/** Sorted and unique, behind the cursor. */
function newestFirst({ yubls, distinct }: Gathered, after: YublCursor | undefined): StoredYubl[] {
  const behind = after === undefined ? yubls : yubls.filter((yubl) => compareNewestFirst(after, cursorOf(yubl)) < 0);
  if (distinct) return behind;
  behind.sort((a, b) => compareNewestFirst(cursorOf(a), cursorOf(b)));
  return behind.filter((item, index) => index === 0 || behind[index - 1] !== item);
}

const cursorOf = (item: StoredYubl): YublCursor => ({ sequence: sequenceOfItem(item), yublId: yublIdOfItem(item) });

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
  const items = yubls.map((item) => JSON.parse(item) as FeedItem);
  return next === undefined ? { items } : { items, next };
}
