import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import type { FannedOutYubl } from '../../../ports/fan-out.ts';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import { itemText } from './file.ts';

/** Yubls of the feed file, for its writer. */
export interface FeedYubls {
  /** False if it is already known, or was deleted before it came. */
  add(yubl: FeedItem, author: number, authorGone: boolean): boolean;
  /** As stored, if it is visible. */
  visible(yublId: string): FannedOutYubl | undefined;
  /** Returns the author's number if the yubl was visible before. */
  hide(yublId: string): number | undefined;
  hideAllOf(author: number): void;
  numberOf(yublId: string): number | undefined;
  /** The author's visible yubls after the sequence, newest first, at most `limit`. */
  newestAfter(author: number, sequence: Sequence, limit: number): { number: number; sequence: Sequence }[];
  /** Those of the given yubls that are the author's. */
  ofAuthor(author: number, numbers: readonly number[]): Set<number>;
  forget(): void;
}

export function openFeedYubls(database: DatabaseSync): FeedYubls {
  const insert = database.prepare(
    'INSERT INTO yubl (yubl_id, author, sequence, hidden, item) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insertHidden = database.prepare('INSERT INTO yubl (yubl_id, hidden) VALUES (?, 1) ON CONFLICT DO NOTHING');
  const hideOne = database.prepare(
    'UPDATE yubl SET hidden = 1, item = NULL WHERE yubl_id = ? AND hidden = 0 RETURNING author',
  );
  const hideAll = database.prepare('UPDATE yubl SET hidden = 1, item = NULL WHERE author = ? AND hidden = 0');
  const selectVisible = database.prepare('SELECT item FROM yubl WHERE yubl_id = ? AND hidden = 0');
  const selectNumber = database.prepare('SELECT number FROM yubl WHERE yubl_id = ?');
  const newest = database.prepare(
    `SELECT number, sequence FROM yubl WHERE author = ? AND sequence > ? AND hidden = 0
     ORDER BY sequence DESC LIMIT ?`,
  );
  // CROSS forces a lookup by number, rather than a scan of all yubls of the author.
  const theirs = database.prepare(
    'SELECT number FROM json_each(?) CROSS JOIN yubl ON yubl.number = json_each.value WHERE author = ?',
  );
  // A yubl is usually fanned out right after it was added.
  let lastAdded: { yublId: string; number: number } | undefined;

  return {
    add(yubl, author, authorGone) {
      const { yublId, sequence } = yubl;
      const hidden = authorGone ? 1 : 0;
      const item = authorGone ? null : itemText(yubl);
      const { changes, lastInsertRowid } = insert.run(yublId, author, sequence, hidden, item);
      if (changes === 0) return false;
      lastAdded = { yublId, number: Number(lastInsertRowid) };
      return true;
    },
    visible(yublId) {
      const found = selectVisible.get(yublId) as { item: string } | undefined;
      if (found === undefined) return undefined;
      const { authorId, sequence } = JSON.parse(found.item) as FeedItem;
      return { yublId, authorId, sequence };
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
    newestAfter: (author, sequence, limit) =>
      newest.all(author, sequence, limit) as unknown as { number: number; sequence: Sequence }[],
    ofAuthor: (author, numbers) =>
      new Set((theirs.all(`[${numbers.join()}]`, author) as unknown as { number: number }[]).map((row) => row.number)),
    forget() {
      lastAdded = undefined;
    },
  };
}
