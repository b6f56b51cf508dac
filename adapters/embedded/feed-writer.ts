import type { DatabaseSync } from 'node:sqlite';
import { openFeedChunks } from './feed-chunks.ts';
import { type FeedEntry, withoutYubls } from './feed-entries.ts';
import { createWaitingEntries } from './waiting-entries.ts';

/** Puts entries into feeds. What is added waits in memory until `flush`, so that a feed that gets a hundred entries in one
 *  transaction is written once. */
export interface FeedWriter {
  add(userNumber: number, entry: FeedEntry): void;
  remove(userNumber: number, yublNumbers: ReadonlySet<number>): void;
  clear(userNumber: number): void;
  /** Entries added since it was opened, before feeds are cut to their length. */
  added(): number;
  flush(): void;
  /** Drops what waits. */
  forget(): void;
}

// 14 MB. The more of a feed's entries are written at once, the less each of them costs.
const WAITING_ENTRIES_MAX = 500_000;

export function openFeedWriter(database: DatabaseSync, feedLength: number): FeedWriter {
  const chunks = openFeedChunks(database, feedLength);
  const waiting = createWaitingEntries(WAITING_ENTRIES_MAX, chunks.append);
  let added = 0;
  return {
    add(userNumber, entry) {
      waiting.add(userNumber, entry);
      added += 1;
    },
    remove(userNumber, yublNumbers) {
      waiting.drain();
      chunks.rewrite(userNumber, (entries) => withoutYubls(entries, yublNumbers));
    },
    clear(userNumber) {
      waiting.drain();
      chunks.clear(userNumber);
    },
    added: () => added,
    flush: waiting.drain,
    forget: waiting.clear,
  };
}
