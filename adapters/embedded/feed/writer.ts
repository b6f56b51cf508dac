import type { DatabaseSync } from 'node:sqlite';
import type { Sequence } from '../../../events/sequence.ts';
import { openFeedChunks } from './chunks.ts';
import { type FeedEntry, withoutYubls, yublNumbersOf } from './entries.ts';
import { createWaitingEntries } from './waiting-entries.ts';

/** Adds entries to feeds. They are buffered until `flush`, so that a feed that gets a hundred entries in one
 *  transaction is written once. */
export interface FeedWriter {
  add(userNumber: number, entry: FeedEntry): void;
  /** Removes from the feed those yubls that `choose` selects, all by number. */
  remove(userNumber: number, choose: (yublNumbers: readonly number[]) => ReadonlySet<number>): void;
  /** Entries at or below the sequence are no longer needed in the feed: readers take them from the authors. */
  raiseFloor(userNumber: number, sequence: Sequence): void;
  clear(userNumber: number): void;
  /** Entries added since it was opened and not rolled back, before feeds are cut to their length. */
  added(): number;
  flush(): void;
  /** Drops buffered entries. */
  forget(): void;
}

// 14 MB. The more of a feed's entries are written at once, the less each costs.
const WAITING_ENTRIES_MAX = 500_000;

export function openFeedWriter(database: DatabaseSync, feedLength: number): FeedWriter {
  const chunks = openFeedChunks(database, feedLength);
  const waiting = createWaitingEntries(WAITING_ENTRIES_MAX, chunks.append);
  const addToTotal = database.prepare('UPDATE feed_total SET entries = entries + ?');
  const total = database.prepare('SELECT entries FROM feed_total');
  const readTotal = () => (total.get() as { entries: number }).entries;
  const totalAtFirst = readTotal();
  let uncounted = 0;
  return {
    add(userNumber, entry) {
      waiting.add(userNumber, entry);
      uncounted += 1;
    },
    remove(userNumber, choose) {
      waiting.drain();
      chunks.rewrite(userNumber, (entries) => withoutYubls(entries, choose(yublNumbersOf(entries))));
    },
    raiseFloor: chunks.raiseFloor,
    clear(userNumber) {
      waiting.drain();
      chunks.clear(userNumber);
    },
    added: () => readTotal() - totalAtFirst,
    flush() {
      waiting.drain();
      if (uncounted > 0) addToTotal.run(uncounted);
      uncounted = 0;
    },
    forget() {
      waiting.clear();
      uncounted = 0;
    },
  };
}
