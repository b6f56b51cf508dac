import type { DatabaseSync } from 'node:sqlite';
import { ordinalOf, type Sequence, secondsOf, sequenceOf } from '../../../events/sequence.ts';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import { openWaitingRows, type WaitingRows } from '../build/waiting-rows.ts';
import { itemText } from './file.ts';

/** The yubls of the feeds, in memory until they are written. They are numbered from 1, as in the file. */
export interface FeedBuildYubls {
  /** False if it is already known, or was deleted before it came. */
  add(yubl: FeedItem, author: number, authorGone: boolean): boolean;
  /** Author and sequence of a visible yubl, as it first came. */
  visible(yublId: string): { author: number; sequence: Sequence } | undefined;
  /** Returns the author's number if the yubl was visible before. */
  hide(yublId: string): number | undefined;
  hideAllOf(author: number): void;
  /** The number of the author's visible yubls after the sequence, counted up to `limit`. */
  countAfter(author: number, sequence: Sequence, limit: number): number;
  /** The visible yubls by author, in order of sequence. */
  inOrder(): YublsInOrder;
  insertHidings(database: DatabaseSync): void;
  /** In a table `yubl` like that of the file. */
  readonly rows: WaitingRows;
  bytes(): number;
}

/** Visible yubls by their rank: in order of sequence, from 0. */
export interface YublsInOrder {
  readonly count: number;
  readonly seconds: Uint32Array;
  readonly ordinals: Uint32Array;
  readonly numbers: Uint32Array;
  /** The author's ranks, ascending. */
  ranksOf(author: number): Uint32Array;
}

interface Posted {
  readonly numbers: number[];
  /** Whether they came in order of sequence, and the newest. */
  ascending: boolean;
  newest: Sequence;
}

const YUBL_BYTES = 60;
// An entry of a Map and the id that it keeps.
const KNOWN_BYTES = 120;
const NO_SEQUENCE = sequenceOf(0, 0);
const SCHEMA = `CREATE TABLE yubl (
  number INTEGER PRIMARY KEY, yubl_id TEXT, author INTEGER, sequence TEXT, hidden INTEGER, item TEXT)`;

export function createFeedBuildYubls(): FeedBuildYubls {
  const rows = openWaitingRows(SCHEMA);
  const insertRow = rows.database.prepare('INSERT INTO yubl VALUES (?, ?, ?, ?, ?, ?)');
  const hideRow = rows.database.prepare('UPDATE yubl SET hidden = 1, item = NULL WHERE number = ?');
  const numbers = new Map<string, number>();
  const posted = new Map<number, Posted>();
  // By yubl number; number 0 is unused. A deletion that came before its yubl has author 0.
  const authors: number[] = [0];
  const seconds: number[] = [0];
  const ordinals: number[] = [0];
  const hidden: boolean[] = [true];
  const columns: Numbered = { authors, seconds, ordinals, hidden };
  const hidings: number[] = [];

  function remember(sequence: Sequence, author: number): void {
    if (author !== 0) addPosted(posted, { author, number: authors.length, sequence });
    authors.push(author);
    seconds.push(secondsOf(sequence));
    ordinals.push(ordinalOf(sequence));
  }

  function hideNumber(number: number): void {
    hidden[number] = true;
    hideRow.run(number);
    hidings.push(number);
  }

  return {
    add(yubl, author, authorGone) {
      const { yublId, sequence } = yubl;
      if (numbers.has(yublId)) return false;
      numbers.set(yublId, authors.length);
      insertRow.run(authors.length, yublId, author, sequence, authorGone ? 1 : 0, authorGone ? null : itemText(yubl));
      remember(sequence, author);
      hidden.push(authorGone);
      return true;
    },
    visible(yublId) {
      const number = numbers.get(yublId);
      if (number === undefined || hidden[number]) return undefined;
      return { author: authors[number] ?? 0, sequence: sequenceOf(seconds[number] ?? 0, ordinals[number] ?? 0) };
    },
    hide(yublId) {
      const number = numbers.get(yublId);
      if (number === undefined) {
        numbers.set(yublId, authors.length);
        insertRow.run(authors.length, yublId, null, null, 1, null);
        remember(NO_SEQUENCE, 0);
        hidden.push(true);
        return undefined;
      }
      if (hidden[number]) return undefined;
      hideNumber(number);
      return authors[number];
    },
    hideAllOf(author) {
      for (const number of posted.get(author)?.numbers ?? []) if (!hidden[number]) hideNumber(number);
    },
    countAfter(author, sequence, limit) {
      const theirs = posted.get(author);
      return theirs === undefined ? 0 : countAfter({ ...columns, posted: theirs }, sequence, limit);
    },
    inOrder: () => inOrder(columns),
    insertHidings(database) {
      const insert = database.prepare('INSERT INTO hiding (yubl) VALUES (?)');
      for (const number of hidings) insert.run(number);
    },
    rows,
    bytes: () => rows.bytes() + numbers.size * KNOWN_BYTES + authors.length * YUBL_BYTES,
  };
}

function addPosted(
  posted: Map<number, Posted>,
  { author, number, sequence }: { author: number; number: number; sequence: Sequence },
): void {
  const others = posted.get(author);
  if (others === undefined) {
    posted.set(author, { numbers: [number], ascending: true, newest: sequence });
    return;
  }
  others.numbers.push(number);
  others.ascending &&= sequence >= others.newest;
  others.newest = sequence;
}

interface Numbered {
  readonly authors: readonly number[];
  readonly seconds: readonly number[];
  readonly ordinals: readonly number[];
  readonly hidden: readonly boolean[];
}

function countAfter(
  { posted, seconds, ordinals, hidden }: Numbered & { readonly posted: Posted },
  sequence: Sequence,
  limit: number,
): number {
  const [afterSeconds, afterOrdinal] = [secondsOf(sequence), ordinalOf(sequence)];
  let count = 0;
  for (let at = posted.numbers.length - 1; at >= 0 && count < limit; at -= 1) {
    const number = posted.numbers[at] ?? 0;
    const further = (seconds[number] ?? 0) - afterSeconds || (ordinals[number] ?? 0) - afterOrdinal;
    if (further > 0 && !hidden[number]) count += 1;
    else if (further <= 0 && posted.ascending) break;
  }
  return count;
}

function inOrder({ authors, seconds, ordinals, hidden }: Numbered): YublsInOrder {
  const order: number[] = [];
  let ascending = true;
  const compare = (a: number, b: number) =>
    (seconds[a] ?? 0) - (seconds[b] ?? 0) || (ordinals[a] ?? 0) - (ordinals[b] ?? 0) || a - b;
  for (let number = 1; number < authors.length; number += 1) {
    if (hidden[number]) continue;
    ascending &&= order.length === 0 || compare(order.at(-1) ?? 0, number) < 0;
    order.push(number);
  }
  if (!ascending) order.sort(compare);
  // A counting sort by author, which keeps the order within each author.
  const starts = new Uint32Array(authors.reduce((highest, author) => Math.max(highest, author), 0) + 2);
  for (const number of order) starts[(authors[number] ?? 0) + 1]! += 1;
  for (let author = 1; author < starts.length; author += 1) starts[author]! += starts[author - 1] ?? 0;
  const next = starts.slice();
  const ranks = new Uint32Array(order.length);
  for (const [rank, number] of order.entries()) {
    const author = authors[number] ?? 0;
    const place = next[author] ?? 0;
    ranks[place] = rank;
    next[author] = place + 1;
  }
  return {
    count: order.length,
    seconds: Uint32Array.from(order, (number) => seconds[number] ?? 0),
    ordinals: Uint32Array.from(order, (number) => ordinals[number] ?? 0),
    numbers: Uint32Array.from(order),
    ranksOf: (author) => ranks.subarray(starts[author] ?? 0, starts[author + 1] ?? 0),
  };
}

export function sequenceOfRank({ seconds, ordinals }: YublsInOrder, rank: number): Sequence {
  return sequenceOf(seconds[rank] ?? 0, ordinals[rank] ?? 0);
}
