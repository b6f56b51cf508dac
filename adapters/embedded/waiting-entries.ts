import type { FeedEntries } from './feed-entries.ts';

/** Entries that a transaction has made and not written yet, in one buffer of fixed size, and given out feed by feed. An
 *  array per feed would be as many small objects as there are feeds, for the garbage collector to walk. */
export interface WaitingEntries {
  /** False if there is no room: drain first. */
  add(userNumber: number, seconds: number, ordinal: number, yublNumber: number): boolean;
  /** Hands each feed's entries over in the order in which they were added, and forgets them. They share a memory that the
   *  next drain writes over. */
  drain(write: (userNumber: number, entries: FeedEntries) => void): void;
  clear(): void;
}

const ROW = 4;
const ENTRY = 3;

export function createWaitingEntries(entriesMax: number): WaitingEntries {
  const rows = new Uint32Array(entriesMax * ROW);
  const sorted = new Uint32Array(entriesMax * ENTRY);
  let length = 0;
  let highestUser = 0;

  /** Where each feed's entries begin in `sorted`, by user number: a counting sort. */
  function sortByUser(): Uint32Array {
    const starts = new Uint32Array(highestUser + 2);
    for (let at = 0; at < length; at += ROW) starts[(rows[at] ?? 0) + 1]! += ENTRY;
    for (let user = 1; user < starts.length; user += 1) starts[user]! += starts[user - 1]!;
    const next = starts.slice();
    for (let at = 0; at < length; at += ROW) {
      const user = rows[at] ?? 0;
      const place = next[user] ?? 0;
      sorted[place] = rows[at + 1] ?? 0;
      sorted[place + 1] = rows[at + 2] ?? 0;
      sorted[place + 2] = rows[at + 3] ?? 0;
      next[user] = place + ENTRY;
    }
    return starts;
  }

  return {
    add(userNumber, seconds, ordinal, yublNumber) {
      if (length === rows.length) return false;
      rows[length] = userNumber;
      rows[length + 1] = seconds;
      rows[length + 2] = ordinal;
      rows[length + 3] = yublNumber;
      length += ROW;
      if (userNumber > highestUser) highestUser = userNumber;
      return true;
    },
    drain(write) {
      if (length === 0) return;
      const starts = sortByUser();
      length = 0;
      for (let user = 0; user <= highestUser; user += 1) {
        const from = starts[user] ?? 0;
        const to = starts[user + 1] ?? from;
        if (to > from) write(user, sorted.subarray(from, to));
      }
    },
    clear() {
      length = 0;
    },
  };
}
