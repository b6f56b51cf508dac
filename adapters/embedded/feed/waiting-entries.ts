import { ENTRY_NUMBERS, type FeedEntries, type FeedEntry } from './entries.ts';

/** Entries of a transaction that are not yet written, in one buffer that grows up to a limit, and is read feed by feed.
 *  An array per feed would burden the garbage collector with as many small objects as there are feeds. */
export interface WaitingEntries {
  /** Drains automatically when it is full. */
  add(userNumber: number, entry: FeedEntry): void;
  /** Passes on each feed's entries in the order in which they were added, and removes them. They share memory that the
   *  next drain overwrites. */
  drain(): void;
  clear(): void;
}

type WriteEntries = (userNumber: number, entries: FeedEntries) => void;

const ROW = 1 + ENTRY_NUMBERS;
const ENTRIES_AT_FIRST = 1024;

export function createWaitingEntries(entriesMax: number, write: WriteEntries): WaitingEntries {
  let entriesNow = Math.min(entriesMax, ENTRIES_AT_FIRST);
  let rows = new Uint32Array(entriesNow * ROW);
  let sorted = new Uint32Array(entriesNow * ENTRY_NUMBERS);
  let length = 0;
  let highestUser = 0;

  function drain(): void {
    if (length === 0) return;
    const waiting = rows.subarray(0, length);
    const users = highestUser + 1;
    length = 0;
    highestUser = 0;
    // Few entries among many users: an offset for each user would cost more than the entries.
    if (waiting.length < users) writeByUser(waiting, write);
    else writeSorted(sortByUser(waiting, sorted, users), sorted, write);
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

function writeByUser(rows: Uint32Array, write: WriteEntries): void {
  const placesOf = new Map<number, number[]>();
  for (let at = 0; at < rows.length; at += ROW) {
    const user = rows[at] ?? 0;
    const places = placesOf.get(user);
    if (places === undefined) placesOf.set(user, [at]);
    else places.push(at);
  }
  for (const [user, places] of [...placesOf].toSorted(([a], [b]) => a - b)) {
    const entries = new Uint32Array(places.length * ENTRY_NUMBERS);
    places.forEach((at, index) => entries.set(rows.subarray(at + 1, at + ROW), index * ENTRY_NUMBERS));
    write(user, entries);
  }
}

function writeSorted(starts: Uint32Array, sorted: Uint32Array, write: WriteEntries): void {
  for (let user = 0; user < starts.length - 1; user += 1) {
    const from = starts[user] ?? 0;
    const to = starts[user + 1] ?? from;
    if (to > from) write(user, sorted.subarray(from, to));
  }
}

/** A counting sort, which keeps the order within a feed. Returns the beginning of each user's entries in `sorted`. */
function sortByUser(rows: Uint32Array, sorted: Uint32Array, users: number): Uint32Array {
  const starts = new Uint32Array(users + 1);
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
