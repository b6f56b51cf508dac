import type { DatabaseSync } from 'node:sqlite';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { BuildTable } from '../build/pages.ts';
import { createBuildRecords, textOf } from '../build/records.ts';
import { placeOf } from './file.ts';

/** The yubls' half of the search index, in memory until it is written. */
export interface YublsBuild {
  add(yubl: FeedItem, words: string): void;
  remove(yublId: string): void;
  removeAuthor(authorId: string): void;
  bytes(): number;
  /** Call it first: it assigns the yubls' places. */
  insertWords(database: DatabaseSync): void;
  writeRows(table: BuildTable): void;
  /** Call it last: it derives tables from the rows and the deletions. */
  derivePlaces(database: DatabaseSync): void;
}

const YUBL_BYTES = 60;
// An entry of a Map and the id that it keeps.
const KNOWN_BYTES = 120;
// Takes the place of a row: the yubl was deleted.
const TOMBSTONE = -1;
const YUBL_ID = 1;

export function createYublsBuild(): YublsBuild {
  // As bytes: the garbage collector would copy long-lived strings repeatedly.
  const rows = createBuildRecords(['key', 'hex', 'hex', 'text', 'text', 'text']);
  const words = createBuildRecords(['text']);
  // Numbers of rows by yubl id, and by author.
  const known = new Map<string, number>();
  const ofAuthor = new Map<string, number[]>();
  const places: number[] = [];
  const dropped: boolean[] = [];
  let furthest = 0;
  let ordered: number[] = [];

  /** Returns the rows in order of place, each place unique: of several yubls with one sequence, later ones take the
   *  next free places behind it. */
  function arrange(): number[] {
    const order: number[] = [];
    for (let row = 0; row < dropped.length; row += 1) if (!dropped[row]) order.push(row);
    if (!isAscending(order, places)) order.sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0) || a - b);
    let last = 0;
    for (const row of order) {
      const own = places[row] ?? 0;
      const taken = Math.max(own, last + 1);
      places[row] = taken;
      furthest = Math.max(furthest, taken - own);
      last = taken;
    }
    return order;
  }

  return {
    add({ yublId, authorId, sequence, postedAt, text }, searchWords) {
      if (known.has(yublId)) return;
      known.set(yublId, rows.count());
      const row = rows.add([null, yublId, authorId, sequence, postedAt, text]);
      words.add([searchWords]);
      places.push(placeOf(sequence));
      dropped.push(false);
      const others = ofAuthor.get(authorId);
      if (others === undefined) ofAuthor.set(authorId, [row]);
      else others.push(row);
    },
    remove(yublId) {
      const row = known.get(yublId);
      if (row === TOMBSTONE) return;
      if (row !== undefined) dropped[row] = true;
      known.set(yublId, TOMBSTONE);
    },
    removeAuthor(authorId) {
      for (const row of ofAuthor.get(authorId) ?? []) {
        if (dropped[row]) continue;
        dropped[row] = true;
        known.delete(textOf(rows.find(row), YUBL_ID, 'hex'));
      }
      ofAuthor.delete(authorId);
    },
    bytes: () => rows.bytes() + words.bytes() + known.size * KNOWN_BYTES + places.length * YUBL_BYTES,
    insertWords(database) {
      ordered = arrange();
      const insert = database.prepare('INSERT INTO yubl_words (rowid, words) VALUES (?, ?)');
      for (const row of ordered) insert.run(places[row] ?? 0, textOf(words.find(row), 0, 'utf8'));
      database.prepare('UPDATE furthest SET places = ?').run(furthest);
    },
    writeRows(table) {
      for (const row of ordered) {
        table.add(places[row] ?? 0, rows.find(row));
      }
    },
    derivePlaces(database) {
      database.exec('INSERT INTO yubl_place SELECT yubl_id, place FROM yubl ORDER BY yubl_id');
      const insert = database.prepare('INSERT INTO yubl_place VALUES (unhex(?), NULL)');
      for (const [yublId, row] of known) if (row === TOMBSTONE) insert.run(yublId);
    },
  };
}

function isAscending(order: readonly number[], places: readonly number[]): boolean {
  for (let at = 1; at < order.length; at += 1) {
    if ((places[order[at] ?? 0] ?? 0) < (places[order[at - 1] ?? 0] ?? 0)) return false;
  }
  return true;
}
