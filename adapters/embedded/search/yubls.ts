import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { ProjectionFile } from '../projection/file.ts';
import { placeOf } from './file.ts';

/** The yubls' half of the search index. */
export interface IndexedYubls {
  add(yubl: FeedItem, words: string): void;
  remove(yublId: string): void;
  removeAuthor(authorId: string): void;
}

interface NewYubl {
  readonly yubl: FeedItem;
  readonly words: string;
  readonly place: number;
}

const PENDING_MAX = 10_000;
const PENDING_CHARACTERS_MAX = 4_000_000;

export function openIndexedYubls(file: Pick<ProjectionFile, 'database' | 'onTransaction'>): IndexedYubls {
  const { database } = file;
  const placed = database.prepare('SELECT place FROM yubl_place WHERE yubl_id = unhex(?)');
  const tombstone = database.prepare('INSERT OR REPLACE INTO yubl_place VALUES (unhex(?), NULL)');
  const drop = database.prepare('DELETE FROM yubl WHERE place = ?');
  const placesOfAuthor = database.prepare('SELECT place FROM yubl WHERE author_id = unhex(?)');
  const dropPlacesOfAuthor = database.prepare(
    'DELETE FROM yubl_place WHERE yubl_id IN (SELECT yubl_id FROM yubl WHERE author_id = unhex(?))',
  );
  const dropOfAuthor = database.prepare('DELETE FROM yubl WHERE author_id = unhex(?)');
  const writer = openWriter(database);

  // FTS5 collects words in memory as long as places ascend, and writes them out when one does not. So a transaction's
  // changes are buffered and applied in order of place, before it ends.
  const added = new Map<string, NewYubl>();
  const removed: number[] = [];
  let characters = 0;

  function forget(): void {
    added.clear();
    removed.length = 0;
    characters = 0;
  }

  function flush(): void {
    if (removed.length > 0) writer.remove(removed);
    if (added.size > 0) writer.add([...added.values()]);
    forget();
  }

  file.onTransaction({ flush, forget });

  return {
    add(yubl, words) {
      if (added.has(yubl.yublId)) return;
      added.set(yubl.yublId, { yubl, words, place: placeOf(yubl.sequence) });
      characters += yubl.text.length + words.length;
      if (added.size >= PENDING_MAX || characters >= PENDING_CHARACTERS_MAX) flush();
    },
    remove(yublId) {
      added.delete(yublId);
      const row = placed.get(yublId) as { place: number | null } | undefined;
      if (row?.place === null) return;
      if (row !== undefined) {
        drop.run(row.place);
        removed.push(row.place);
      }
      tombstone.run(yublId);
    },
    removeAuthor(authorId) {
      for (const { yubl } of added.values()) if (yubl.authorId === authorId) added.delete(yubl.yublId);
      for (const row of placesOfAuthor.all(authorId)) removed.push((row as { place: number }).place);
      dropPlacesOfAuthor.run(authorId);
      dropOfAuthor.run(authorId);
    },
  };
}

interface Writer {
  add(yubls: NewYubl[]): void;
  remove(places: number[]): void;
}

function openWriter(database: ProjectionFile['database']): Writer {
  const claim = database.prepare('INSERT OR IGNORE INTO yubl_place VALUES (unhex(?), ?)');
  const moveClaim = database.prepare('UPDATE yubl_place SET place = ? WHERE yubl_id = unhex(?)');
  const insert = database.prepare('INSERT OR IGNORE INTO yubl VALUES (?, unhex(?), unhex(?), ?, ?, ?)');
  const insertWords = database.prepare('INSERT INTO yubl_words (rowid, words) VALUES (?, ?)');
  const deleteWords = database.prepare('DELETE FROM yubl_words WHERE rowid = ?');
  const reach = database.prepare('UPDATE furthest SET places = max(places, ?)');

  function insertAt(place: number, { yubl }: NewYubl): boolean {
    const { yublId, authorId, sequence, postedAt, text } = yubl;
    return insert.run(place, yublId, authorId, sequence, postedAt, text).changes === 1;
  }

  // Yubls of one place are rare (a transaction of the source gives all its changes one time), but a broken source may
  // send any number of them: random probes in a range that doubles find a free place in a few steps.
  function insertBehind(added: NewYubl): number {
    for (let span = 8; ; span *= 2) {
      const away = 1 + Math.floor(Math.random() * span);
      if (!insertAt(added.place + away, added)) continue;
      moveClaim.run(added.place + away, added.yubl.yublId);
      reach.run(away);
      return added.place + away;
    }
  }

  return {
    add(yubls) {
      yubls.sort((a, b) => a.place - b.place);
      for (const added of yubls) {
        // Already known, or deleted before it came.
        if (claim.run(added.yubl.yublId, added.place).changes === 0) continue;
        const place = insertAt(added.place, added) ? added.place : insertBehind(added);
        insertWords.run(place, added.words);
      }
    },
    remove(places) {
      places.sort((a, b) => a - b);
      for (const place of places) deleteWords.run(place);
    },
  };
}
