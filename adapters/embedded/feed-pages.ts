import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ordinalOf, type Sequence, secondsOf } from '../../events/sequence.ts';
import type { YublCursor } from '../../ports/feed-reader.ts';
import { ENTRY_NUMBERS, fromBytes } from './feed-entries.ts';
import { CHUNKS_PER_USER, firstPlaceOf, sequenceOfItem, yublIdOfItem } from './feed-file.ts';

/** The places where a page of a feed is gathered from. All of them give yubls that may be seen. */
export interface FeedPages {
  reader(userId: string): { number: number; gone: number; floor: Sequence | null } | undefined;
  /** From the user's chunks, newest first: `count` behind the cursor at least if there are so many, and all that share the
   *  sequence of the last; may begin with some that stand before the cursor at its very sequence. */
  entries(userNumber: number, limits: Limits): StoredYubl[];
  /** From an author: `count` at most behind the cursor. */
  ofAuthor(author: FollowedAuthor, limits: Limits & { upTo?: Sequence }): StoredYubl[];
  pulledAuthors(follower: number): FollowedAuthor[];
  followees(follower: number): FollowedAuthor[];
}

/** A row of one column: its yubl id and sequence are read out of the text (feed-file.ts), which costs less than columns. */
export type StoredYubl = [item: string];

export interface Limits {
  readonly count: number;
  readonly after?: YublCursor;
}

export interface FollowedAuthor {
  readonly number: number;
  /** Only what he posted after this is seen. */
  readonly since: Sequence;
}

const AFTER_EVERYTHING = '~';
const CHUNKS_AT_ONCE = 2;
const PULLED_FEW = 50;

export function openFeedPages(database: DatabaseSync): FeedPages {
  const reader = database.prepare('SELECT number, gone, floor FROM user WHERE user_id = ?');
  const chunks = database.prepare(
    `SELECT entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT ${CHUNKS_AT_ONCE} OFFSET ?`,
  );
  const byNumbers = asArrays(
    database.prepare('SELECT item FROM json_each(?) CROSS JOIN yubl ON yubl.number = json_each.value WHERE hidden = 0'),
  );
  const ofAuthor = asArrays(
    database.prepare(
      `SELECT item FROM yubl WHERE author = ?1 AND sequence > ?2 AND sequence <= ?3 AND hidden = 0
         AND (sequence < ?4 OR yubl_id < ?5)
       ORDER BY sequence DESC, yubl_id DESC LIMIT ?6`,
    ),
  );
  // From the smaller side: few authors are pulled by default, with a low threshold nearly all are.
  const manyPulled = database.prepare(`SELECT 1 FROM user WHERE pulled = 1 LIMIT 1 OFFSET ${PULLED_FEW}`);
  const followedAmongPulled = database.prepare(
    `SELECT user.number, since FROM user CROSS JOIN edge ON followee = user.number AND follower = ?
     WHERE pulled = 1 AND since IS NOT NULL`,
  );
  const pulledAmongFollowed = database.prepare(
    `SELECT user.number, since FROM edge CROSS JOIN user ON user.number = followee
     WHERE follower = ? AND since IS NOT NULL AND pulled = 1`,
  );
  const followees = database.prepare(
    'SELECT followee AS number, since FROM edge WHERE follower = ? AND since IS NOT NULL',
  );

  return {
    reader: (userId) => reader.get(userId) as unknown as ReturnType<FeedPages['reader']>,
    entries(userNumber, limits) {
      const found: StoredYubl[] = [];
      let behind = 0;
      // Hidden yubls leave gaps, so one portion may not suffice.
      for (const numbers of portions(chunks, userNumber, limits)) {
        for (const yubl of byNumbers.all(`[${numbers.join()}]`) as unknown as StoredYubl[]) {
          found.push(yubl);
          if (isBehind(yubl, limits.after)) behind += 1;
        }
        if (behind >= limits.count) break;
      }
      return found;
    },
    ofAuthor({ number, since }, { count, after, upTo = AFTER_EVERYTHING }) {
      const before = after?.sequence ?? AFTER_EVERYTHING;
      const newest = before < upTo ? before : upTo;
      const parameters = [number, since, newest, before, after?.yublId ?? '', count];
      return ofAuthor.all(...parameters) as unknown as StoredYubl[];
    },
    pulledAuthors(follower) {
      const statement = manyPulled.get() === undefined ? followedAmongPulled : pulledAmongFollowed;
      return statement.all(follower) as unknown as FollowedAuthor[];
    },
    followees: (follower) => followees.all(follower) as unknown as FollowedAuthor[],
  };
}

/** Numbers of the yubls in a user's chunks, newest first, in portions of `count` or more that end with a whole sequence. */
function* portions(chunks: StatementSync, userNumber: number, { count, after }: Limits): Generator<number[]> {
  const first = firstPlaceOf(userNumber);
  const [seconds, ordinal] =
    after === undefined ? [Infinity, 0] : [secondsOf(after.sequence), ordinalOf(after.sequence)];
  let numbers: number[] = [];
  let previousSeconds = -1;
  let previousOrdinal = -1;
  for (let skip = 0; ; skip += CHUNKS_AT_ONCE) {
    const found = chunks.all(first, first + CHUNKS_PER_USER, skip) as unknown as { entries: Uint8Array }[];
    for (const chunk of found) {
      const entries = fromBytes(chunk.entries);
      for (let at = entries.length - ENTRY_NUMBERS; at >= 0; at -= ENTRY_NUMBERS) {
        const atSeconds = entries[at] ?? 0;
        const atOrdinal = entries[at + 1] ?? 0;
        if (atSeconds > seconds || (atSeconds === seconds && atOrdinal > ordinal)) continue;
        if (numbers.length >= count && (atSeconds !== previousSeconds || atOrdinal !== previousOrdinal)) {
          yield numbers;
          numbers = [];
        }
        numbers.push(entries[at + 2] ?? 0);
        previousSeconds = atSeconds;
        previousOrdinal = atOrdinal;
      }
    }
    if (found.length < CHUNKS_AT_ONCE) break;
  }
  if (numbers.length > 0) yield numbers;
}

function isBehind([item]: StoredYubl, after: YublCursor | undefined): boolean {
  return after === undefined || sequenceOfItem(item) < after.sequence || yublIdOfItem(item) < after.yublId;
}

function asArrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}
