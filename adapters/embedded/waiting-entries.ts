import { ENTRY_NUMBERS, type FeedEntries, type FeedEntry } from './feed-entries.ts';

/** Entries that a transaction has made and not written yet, in one buffer that grows to a limit, and given out feed by feed. An
 *  array per feed would be as many small objects as there are feeds, for the garbage collector to walk. */
export interface WaitingEntries {
  /** Drains by itself when there is no room. */
  add(userNumber: number, entry: FeedEntry): void;
  /** Hands each feed's entries over in the order in which they were added, and forgets them. They share a memory that the
   *  next drain writes over. */
  drain(): void;
  clear(): void;
}

const ROW = 1 + ENTRY_NUMBERS;
const ENTRIES_AT_FIRST = 1024;

export function createWaitingEntries(
  entriesMax: number,
  write: (userNumber: number, entries: FeedEntries) => void,
): WaitingEntries {
  let entriesNow = Math.min(entriesMax, ENTRIES_AT_FIRST);
  let rows = new Uint32Array(entriesNow * ROW);
  let sorted = new Uint32Array(entriesNow * ENTRY_NUMBERS);
  let length = 0;
  let highestUser = 0;

  function drain(): void {
    if (length === 0) return;
    const starts = sortByUser(rows.subarray(0, length), sorted, highestUser);
    length = 0;
    for (let user = 0; user <= highestUser; user += 1) {
      const from = starts[user] ?? 0;
      const to = starts[user + 1] ?? from;
      if (to > from) write(user, sorted.subarray(from, to));
    }
    highestUser = 0;
  }

  function makeRoom(): void {
    if (entriesNow === entriesMax) return drain();
    entriesNow = Math.min(entriesMax, entriesNow * 4);
    const grown = new Uint32Array(entriesNow * ROW);
    grown.set(rows);
    rows = grown;
    sorted = new Uint32Array(entriesNow * ENTRY_NUMBERS);
  }

  return {
    add(userNumber, entry) {
      if (length === rows.length) makeRoom();
      rows[length] = userNumber;
      rows[length + 1] = entry.seconds;
      rows[length + 2] = entry.ordinal;
      rows[length + 3] = entry.yublNumber;
      length += ROW;
      if (userNumber > highestUser) highestUser = userNumber;
    },
    drain,
    clear() {
      length = 0;
      highestUser = 0;
    },
  };
}

/** A counting sort, which keeps the order within a feed. Gives where each user's entries begin in `sorted`. */
function sortByUser(rows: Uint32Array, sorted: Uint32Array, highestUser: number): Uint32Array {
  const starts = new Uint32Array(highestUser + 2);
  for (let at = 0; at < rows.length; at += ROW) {
    const behind = (rows[at] ?? 0) + 1;
    starts[behind] = (starts[behind] ?? 0) + ENTRY_NUMBERS;
  }
  for (let user = 1; user < starts.length; user += 1) starts[user] = (starts[user] ?? 0) + (starts[user - 1] ?? 0);
  const next = starts.slice();
  for (let at = 0; at < rows.length; at += ROW) {
    const user = rows[at] ?? 0;
    const place = next[user] ?? 0;
    for (let number = 0; number < ENTRY_NUMBERS; number += 1) sorted[place + number] = rows[at + 1 + number] ?? 0;
    next[user] = place + ENTRY_NUMBERS;
  }
  return starts;
}
