import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../events/sequence.ts';
import type { FeedItem } from '../../ports/feed-reader.ts';
import { itemText } from './feed-file.ts';

/** Yubls of the feed file, for the one who writes it. */
export interface FeedYubls {
  /** True if it is new and may be seen. */
  add(yubl: FeedItem, author: number, authorGone: boolean): boolean;
  /** Gives the author's number if the yubl could be seen until now. */
  hide(yublId: string): number | undefined;
  hideAllOf(author: number): void;
  numberOf(yublId: string): number | undefined;
  visibleAfter(author: number, sequence: Sequence): { number: number; sequence: Sequence }[];
  numbersOf(author: number, after: Sequence): Set<number>;
  forget(): void;
}

export function openFeedYubls(database: DatabaseSync): FeedYubls {
  const insert = database.prepare(
    'INSERT INTO yubl (yubl_id, author, sequence, hidden, item) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insertHidden = database.prepare('INSERT INTO yubl (yubl_id, hidden) VALUES (?, 1) ON CONFLICT DO NOTHING');
  const hideOne = database.prepare('UPDATE yubl SET hidden = 1 WHERE yubl_id = ? AND hidden = 0 RETURNING author');
  const hideAll = database.prepare('UPDATE yubl SET hidden = 1 WHERE author = ? AND hidden = 0');
  const selectNumber = database.prepare('SELECT number FROM yubl WHERE yubl_id = ?');
  const after = database.prepare(
    'SELECT number, sequence, hidden FROM yubl WHERE author = ? AND sequence > ? ORDER BY sequence',
  );
  type AfterRow = { number: number; sequence: Sequence; hidden: number };
  // A yubl is fanned out right after it was added.
  let lastAdded: { yublId: string; number: number } | undefined;

  return {
    add(yubl, author, authorGone) {
      const { yublId, sequence } = yubl;
      const hidden = authorGone ? 1 : 0;
      const { changes, lastInsertRowid } = insert.run(yublId, author, sequence, hidden, itemText(yubl));
      if (changes === 0) return false;
      lastAdded = { yublId, number: Number(lastInsertRowid) };
      return !authorGone;
    },
    hide(yublId) {
      const shown = hideOne.get(yublId) as { author: number } | undefined;
      if (shown === undefined) insertHidden.run(yublId);
      return shown?.author;
    },
    hideAllOf: (author) => void hideAll.run(author),
    numberOf(yublId) {
      if (lastAdded?.yublId === yublId) return lastAdded.number;
      return (selectNumber.get(yublId) as { number: number } | undefined)?.number;
    },
    visibleAfter: (author, sequence) =>
      (after.all(author, sequence) as unknown as AfterRow[]).filter(({ hidden }) => hidden === 0),
    numbersOf: (author, sequence) =>
      new Set((after.all(author, sequence) as unknown as AfterRow[]).map(({ number }) => number)),
    forget() {
      lastAdded = undefined;
    },
  };
}
