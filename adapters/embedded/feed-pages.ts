import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../events/sequence.ts';
import type { FeedItem, YublCursor } from '../../ports/feed-reader.ts';
import { entryCount, fromBytes, sequenceAt, yublNumberAt } from './feed-entries.ts';
import { CHUNKS_PER_USER, firstPlaceOf } from './feed-file.ts';

/** The places where a page of a feed is gathered from. All of them give yubls that may be seen. */
export interface FeedPages {
  reader(userId: string): { number: number; gone: number; floor: Sequence | null } | undefined;
  /** From the user's chunks, newest first: `count` at least if there are so many, and all that share the sequence of the
   *  last; may begin with some that stand before the cursor at its very sequence. */
  entries(userNumber: number, limits: Limits): FeedItem[];
  /** From an author: `count` at most behind the cursor. */
  ofAuthor(author: FollowedAuthor, limits: Limits & { upTo?: Sequence }): FeedItem[];
  pulledAuthors(follower: number): FollowedAuthor[];
  followees(follower: number): FollowedAuthor[];
}

export interface Limits {
  readonly count: number;
  readonly after?: YublCursor;
}

export interface FollowedAuthor {
  readonly number: number;
  /** Only what he posted after this is seen. */
  readonly since: Sequence;
}

/** Columns that make a FeedItem. */
export const ITEM = 'yubl_id AS yublId, author_id AS authorId, text, posted_at AS postedAt, sequence';
const AFTER_EVERYTHING = '~';

export function openFeedPages(database: DatabaseSync): FeedPages {
  const reader = database.prepare('SELECT number, gone, floor FROM user WHERE user_id = ?');
  const chunks = database.prepare(
    'SELECT entries FROM feed_chunk WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 2 OFFSET ?',
  );
  const byNumbers = database.prepare(
    `SELECT ${ITEM} FROM json_each(?) JOIN yubl ON yubl.number = json_each.value WHERE hidden = 0`,
  );
  const ofAuthor = database.prepare(
    `SELECT ${ITEM} FROM yubl WHERE author = ?1 AND sequence > ?2 AND sequence <= ?3 AND hidden = 0
       AND (sequence < ?4 OR yubl_id < ?5)
     ORDER BY sequence DESC, yubl_id DESC LIMIT ?6`,
  );
  const pulledAuthors = database.prepare(
    `SELECT user.number, since FROM user CROSS JOIN edge ON followee = user.number AND follower = ?
     WHERE pulled = 1 AND since IS NOT NULL`,
  );
  const followees = database.prepare(
    'SELECT followee AS number, since FROM edge WHERE follower = ? AND since IS NOT NULL',
  );

  function chunksDown(userNumber: number, skip: number): { entries: Uint8Array }[] {
    const first = firstPlaceOf(userNumber);
    return chunks.all(first, first + CHUNKS_PER_USER, skip) as unknown as { entries: Uint8Array }[];
  }

  /** Numbers of the yubls in the chunks, newest first, in portions: `count` or more, ending with a whole sequence. */
  function* portions(userNumber: number, { count, after }: Limits): Generator<number[]> {
    let numbers: number[] = [];
    let previous: Sequence = '';
    for (let skip = 0; ; skip += 2) {
      const found = chunksDown(userNumber, skip);
      for (const chunk of found) {
        const entries = fromBytes(chunk.entries);
        for (let index = entryCount(entries) - 1; index >= 0; index -= 1) {
          const sequence = sequenceAt(entries, index);
          if (after !== undefined && sequence > after.sequence) continue;
          if (numbers.length >= count && sequence !== previous) {
            yield numbers;
            numbers = [];
          }
          numbers.push(yublNumberAt(entries, index));
          previous = sequence;
        }
      }
      if (found.length < 2) break;
    }
    if (numbers.length > 0) yield numbers;
  }

  return {
    reader: (userId) => reader.get(userId) as unknown as ReturnType<FeedPages['reader']>,
    entries(userNumber, limits) {
      const items: FeedItem[] = [];
      // At the cursor's own sequence some may stand before it; they are counted, so one portion may not suffice.
      const { after } = limits;
      const isBehind = (item: FeedItem) =>
        after === undefined || item.sequence < after.sequence || item.yublId < after.yublId;
      let behind = 0;
      for (const numbers of portions(userNumber, limits)) {
        for (const item of byNumbers.all(JSON.stringify(numbers)) as unknown as FeedItem[]) {
          items.push(item);
          if (isBehind(item)) behind += 1;
        }
        if (behind >= limits.count) break;
      }
      return items;
    },
    ofAuthor({ number, since }, { count, after, upTo = AFTER_EVERYTHING }) {
      const before = after?.sequence ?? AFTER_EVERYTHING;
      const newest = before < upTo ? before : upTo;
      const parameters = [number, since, newest, before, after?.yublId ?? '', count];
      return ofAuthor.all(...parameters) as unknown as FeedItem[];
    },
    pulledAuthors: (follower) => pulledAuthors.all(follower) as unknown as FollowedAuthor[],
    followees: (follower) => followees.all(follower) as unknown as FollowedAuthor[],
  };
}
