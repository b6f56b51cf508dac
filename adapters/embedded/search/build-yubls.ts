import type { DatabaseSync } from 'node:sqlite';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { BuildContent } from '../build/file.ts';
import { openWaitingRows } from '../build/waiting-rows.ts';
import { placeOf } from './file.ts';

/** The yubls' half of the search index, in memory until it is written. */
export interface YublsBuild {
  add(yubl: FeedItem, words: string): void;
  remove(yublId: string): void;
  removeAuthor(authorId: string): void;
  bytes(): number;
  /** What is known besides the rows that wait. */
  insertDeleted(database: DatabaseSync): void;
  readonly waiting: Required<BuildContent>['waiting'];
}

// An entry of a Map and the id that it keeps, and the id once more among those of its author.
const KNOWN_BYTES = 130;
// In place of a place: it was deleted.
const TOMBSTONE = -1;

const SCHEMA = `CREATE TABLE yubl (
  place INTEGER PRIMARY KEY, yubl_id BLOB, author_id BLOB, sequence TEXT, posted_at TEXT, text TEXT, words TEXT)`;
const COPY = `
  INSERT INTO built.yubl SELECT place, yubl_id, author_id, sequence, posted_at, text FROM main.yubl ORDER BY place;
  INSERT INTO built.yubl_words (rowid, words) SELECT place, words FROM main.yubl ORDER BY place;
  INSERT INTO built.yubl_place SELECT yubl_id, place FROM main.yubl ORDER BY yubl_id`;

export function createYublsBuild(): YublsBuild {
  const rows = openWaitingRows(SCHEMA);
  const insertRow = rows.database.prepare('INSERT OR IGNORE INTO yubl VALUES (?, unhex(?), unhex(?), ?, ?, ?, ?)');
  const deleteRow = rows.database.prepare('DELETE FROM yubl WHERE place = ?');
  // Places by yubl id, and yubl ids by author.
  const known = new Map<string, number>();
  const ofAuthor = new Map<string, string[]>();
  // The next place to try, by a place that several yubls would take.
  const freeBehind = new Map<number, number>();
  let furthest = 0;

  /** Returns the yubl's place: of several with one sequence, later ones take the next free places behind it. */
  function insertAt(own: number, { yublId, authorId, sequence, postedAt, text }: FeedItem, words: string): number {
    let place = freeBehind.get(own) ?? own;
    while (insertRow.run(place, yublId, authorId, sequence, postedAt, text, words).changes === 0) place += 1;
    if (place !== own) freeBehind.set(own, place + 1);
    furthest = Math.max(furthest, place - own);
    return place;
  }

  return {
    add(yubl, words) {
      const { yublId, authorId, sequence } = yubl;
      if (known.has(yublId)) return;
      known.set(yublId, insertAt(placeOf(sequence), yubl, words));
      const others = ofAuthor.get(authorId);
      if (others === undefined) ofAuthor.set(authorId, [yublId]);
      else others.push(yublId);
    },
    remove(yublId) {
      const place = known.get(yublId) ?? TOMBSTONE;
      if (place !== TOMBSTONE) deleteRow.run(place);
      known.set(yublId, TOMBSTONE);
    },
    removeAuthor(authorId) {
      for (const yublId of ofAuthor.get(authorId) ?? []) {
        const place = known.get(yublId);
        if (place === undefined || place === TOMBSTONE) continue;
        deleteRow.run(place);
        known.delete(yublId);
      }
      ofAuthor.delete(authorId);
    },
    bytes: () => rows.bytes() + known.size * KNOWN_BYTES,
    insertDeleted(database) {
      const insert = database.prepare('INSERT INTO yubl_place VALUES (unhex(?), NULL)');
      for (const [yublId, place] of known) if (place === TOMBSTONE) insert.run(yublId);
      database.prepare('UPDATE furthest SET places = ?').run(furthest);
    },
    waiting: { rows, sql: COPY },
  };
}
