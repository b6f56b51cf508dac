import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ordinalOf, type Sequence, secondsOf } from '../../../events/sequence.ts';
import type { YublCursor } from '../../../ports/feed-reader.ts';
import { ENTRY_NUMBERS, type FeedEntries, fromBytes } from './entries.ts';
import { CHUNKS_PER_USER, firstPlaceOf, sequenceOfItem, yublIdOfItem } from './file.ts';
import type { YublTexts } from './yubl-texts.ts';

/** The sources of a page of a feed. All of them return visible yubls only. */
export interface FeedPages {
  /** Call it at the beginning of every moment (reading-moments.ts). */
  begin(): void;
  reader(userId: string): Reader | undefined;
  /** From the user's chunks, newest first: at least `count` behind the cursor if there are so many, and all with the
   *  sequence of the last one; may begin with some before the cursor that share its sequence. */
  entries(reader: Reader, limits: Limits): Gathered;
  /** From an author: at most `count` behind the cursor. */
  ofAuthor(author: FollowedAuthor, limits: Limits & { upTo?: Sequence }): StoredYubl[];
  pulledAuthors(follower: number): readonly FollowedAuthor[];
  followees(follower: number): FollowedAuthor[];
}

export interface Reader {
  readonly number: number;
  readonly gone: boolean;
  readonly floor: Sequence | null;
  /** The newest chunks of the feed, up to CHUNKS_AT_ONCE, because most requests need only these. */
  readonly newestChunks: readonly FeedEntries[];
}

/** As stored: yubl id and sequence are read out of the text (file.ts), which costs less than columns. */
export type StoredYubl = string;

export interface Gathered {
  readonly yubls: StoredYubl[];
  /** No two of them share a sequence, so they are already sorted and unique. */
  readonly distinct: boolean;
}

export interface Limits {
  readonly count: number;
  readonly after?: YublCursor;
}

export interface FollowedAuthor {
  readonly number: number;
  /** Only yubls after this one are visible. */
  readonly since: Sequence;
}

const AFTER_EVERYTHING = '~';
const CHUNKS_AT_ONCE = 2;
const PULLED_FEW = 50;
const NO_AUTHORS: readonly FollowedAuthor[] = [];

type ReaderRow = [number: number, gone: number, floor: Sequence | null, entries: Uint8Array | null];

export function openFeedPages(database: DatabaseSync, texts: YublTexts): FeedPages {
  const reader = database.prepare(
    `SELECT number, gone, floor, entries FROM user LEFT JOIN feed_chunk
       ON place >= number * ${CHUNKS_PER_USER} AND place < (number + 1) * ${CHUNKS_PER_USER}
     WHERE user_id = ? ORDER BY place DESC LIMIT ${CHUNKS_AT_ONCE}`,
  );
  reader.setReturnArrays(true);
  const chunks = database.prepare(
    `SELECT entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT ${CHUNKS_AT_ONCE} OFFSET ?`,
  );
  const ofAuthor = database.prepare(
    `SELECT item FROM yubl WHERE author = ?1 AND sequence > ?2 AND sequence <= ?3 AND hidden = 0
       AND (sequence < ?4 OR yubl_id < ?5)
     ORDER BY sequence DESC, yubl_id DESC LIMIT ?6`,
  );
  ofAuthor.setReturnArrays(true);
  const pulled = openPulledAuthors(database);
  const followees = database.prepare(
    'SELECT followee AS number, since FROM edge WHERE follower = ? AND since IS NOT NULL',
  );

  return {
    begin: pulled.begin,
    reader(userId) {
      const rows = reader.all(userId) as unknown as ReaderRow[];
      const [first] = rows;
      if (first === undefined) return undefined;
      const [number, gone, floor] = first;
      const newestChunks: FeedEntries[] = [];
      for (const [, , , entries] of rows) if (entries !== null) newestChunks.push(fromBytes(entries));
      return { number, gone: gone === 1, floor, newestChunks };
    },
    entries(user, limits) {
      const found: StoredYubl[] = [];
      let behind = 0;
      let distinct = true;
      // Hidden yubls leave gaps, so one portion may not suffice.
      for (const portion of portions(chunks, user, limits)) {
        const yubls = texts.of(portion.numbers);
        found.push(...yubls);
        distinct &&= portion.distinct;
        behind += limits.after === undefined ? yubls.length : countBehind(yubls, limits.after);
        if (behind >= limits.count) break;
      }
      return { yubls: found, distinct };
    },
    ofAuthor({ number, since }, { count, after, upTo = AFTER_EVERYTHING }) {
      const before = after?.sequence ?? AFTER_EVERYTHING;
      const newest = before < upTo ? before : upTo;
      const parameters = [number, since, newest, before, after?.yublId ?? '', count];
      return (ofAuthor.all(...parameters) as unknown as [item: string][]).map(([item]) => item);
    },
    pulledAuthors: pulled.of,
    followees: (follower) => followees.all(follower) as unknown as FollowedAuthor[],
  };
}

/** The pulled authors among a follower's followees. Usually no author is pulled, so that is determined once per
 *  moment. */
function openPulledAuthors(database: DatabaseSync): Pick<FeedPages, 'begin'> & { of: FeedPages['pulledAuthors'] } {
  const count = database.prepare(
    `SELECT count(*) AS count FROM (SELECT 1 FROM user WHERE pulled = 1 LIMIT ${PULLED_FEW + 1})`,
  );
  // Start from the smaller side: few authors are pulled by default, with a low threshold nearly all are.
  const followedAmongPulled = database.prepare(
    `SELECT user.number, since FROM user CROSS JOIN edge ON followee = user.number AND follower = ?
     WHERE pulled = 1 AND since IS NOT NULL`,
  );
  const pulledAmongFollowed = database.prepare(
    `SELECT user.number, since FROM edge CROSS JOIN user ON user.number = followee
     WHERE follower = ? AND since IS NOT NULL AND pulled = 1`,
  );
  let pulled: number | undefined;
  return {
    begin() {
      pulled = undefined;
    },
    of(follower) {
      pulled ??= (count.get() as { count: number }).count;
      if (pulled === 0) return NO_AUTHORS;
      const statement = pulled <= PULLED_FEW ? followedAmongPulled : pulledAmongFollowed;
      return statement.all(follower) as unknown as FollowedAuthor[];
    },
  };
}

/** Numbers of yubls, newest first, up to the end of a sequence. */
interface Portion {
  readonly numbers: number[];
  /** No two share a sequence, neither within the portion nor with earlier ones. */
  readonly distinct: boolean;
}

/** The yubls in a user's chunks behind the cursor, in portions of `count` or more. */
function* portions(chunks: StatementSync, user: Reader, { count, after }: Limits): Generator<Portion> {
  const [seconds, ordinal] =
    after === undefined ? [Infinity, 0] : [secondsOf(after.sequence), ordinalOf(after.sequence)];
  let numbers: number[] = [];
  let distinct = true;
  let previousSeconds = -1;
  let previousOrdinal = -1;
  for (const entries of newestFirst(chunks, user)) {
    for (let at = entries.length - ENTRY_NUMBERS; at >= 0; at -= ENTRY_NUMBERS) {
      const atSeconds = entries[at] ?? 0;
      const atOrdinal = entries[at + 1] ?? 0;
      if (atSeconds > seconds || (atSeconds === seconds && atOrdinal > ordinal)) continue;
      if (atSeconds === previousSeconds && atOrdinal === previousOrdinal) distinct = false;
      else if (numbers.length >= count) {
        yield { numbers, distinct };
        numbers = [];
      }
      numbers.push(entries[at + 2] ?? 0);
      previousSeconds = atSeconds;
      previousOrdinal = atOrdinal;
    }
  }
  if (numbers.length > 0) yield { numbers, distinct };
}

function* newestFirst(chunks: StatementSync, { number, newestChunks }: Reader): Generator<FeedEntries> {
  yield* newestChunks;
  const first = firstPlaceOf(number);
  let found = newestChunks.length;
  for (let skip = CHUNKS_AT_ONCE; found === CHUNKS_AT_ONCE; skip += CHUNKS_AT_ONCE) {
    const rows = chunks.all(first, first + CHUNKS_PER_USER, skip) as unknown as { entries: Uint8Array }[];
    for (const { entries } of rows) yield fromBytes(entries);
    found = rows.length;
  }
}

function countBehind(yubls: readonly StoredYubl[], { sequence, yublId }: YublCursor): number {
  return yubls.filter((item) => sequenceOfItem(item) < sequence || yublIdOfItem(item) < yublId).length;
}
