import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { putVarint, type RecordPlace, varintBytes } from './records.ts';

// Tables written straight into a SQLite file, page by page (https://www.sqlite.org/fileformat2.html#b_tree_pages): rows that
// come in order of their numbers need no search for their place, and no page is written twice. SQLite made the file and
// its empty tables, has closed it, and opens it again afterwards.

export interface BuildPages {
  /** A table that is empty until now, by the number of its root page. */
  table(root: number): BuildTable;
  /** Writes what is missing and says in the file's header how long it has become. */
  close(): void;
}

export interface BuildTable {
  /** Numbers ascend. */
  add(number: number, row: RecordPlace): void;
  finish(): void;
}

export const PAGE_BYTES = 8192;
const LEAF = 0x0d;
const INTERIOR = 0x05;
const LEAF_HEADER = 8;
const INTERIOR_HEADER = 12;
// What of a row lies in its own page, and what on pages behind it.
const LOCAL_MAX = PAGE_BYTES - 35;
const LOCAL_MIN = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
const OVERFLOW_BYTES = PAGE_BYTES - 4;
// As many as fit, whatever the numbers are.
const CHILDREN_MAX = 500;
// SQLite leaves this page out, because it locks the file by bytes that would lie in it.
const LOCK_PAGE = 2 ** 30 / PAGE_BYTES + 1;
const PAGES_AT_ONCE = 128;
const LENGTH_IN_HEADER = 28;

export function openBuildPages(path: string): BuildPages {
  const file = openSync(path, 'r+');
  const waiting = Buffer.alloc(PAGES_AT_ONCE * PAGE_BYTES);
  let waitingPages = 0;
  let firstWaiting = fstatSync(file).size / PAGE_BYTES + 1;

  function flush(): void {
    writeWhole(file, waiting.subarray(0, waitingPages * PAGE_BYTES), (firstWaiting - 1) * PAGE_BYTES);
    firstWaiting += waitingPages;
    waitingPages = 0;
  }

  /** Gives the page's number. */
  function append(page: Buffer): number {
    if (firstWaiting + waitingPages === LOCK_PAGE) append(Buffer.alloc(PAGE_BYTES));
    page.copy(waiting, waitingPages * PAGE_BYTES);
    waitingPages += 1;
    const number = firstWaiting + waitingPages - 1;
    if (waitingPages === PAGES_AT_ONCE) flush();
    return number;
  }

  return {
    table: (root) => openTable({ append, put: (page) => writeWhole(file, page, (root - 1) * PAGE_BYTES) }),
    close() {
      try {
        flush();
        const pages = Buffer.alloc(4);
        pages.writeUInt32BE(firstWaiting - 1);
        writeWhole(file, pages, LENGTH_IN_HEADER);
      } finally {
        closeSync(file);
      }
    },
  };
}

function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

interface TablePages {
  readonly append: (page: Buffer) => number;
  /** Writes the root. */
  readonly put: (page: Buffer) => void;
}

/** A page, and the highest number of a row in it or below it. */
interface Child {
  readonly page: number;
  readonly highest: number;
}

function openTable({ append, put }: TablePages): BuildTable {
  const cells = Buffer.alloc(PAGE_BYTES);
  const page = Buffer.alloc(PAGE_BYTES);
  const offsets = new Uint16Array(PAGE_BYTES / 4);
  let count = 0;
  let used = 0;
  let highest = 0;
  const leaves: Child[] = [];

  function assemble(): Buffer {
    const content = PAGE_BYTES - used;
    page.fill(0, 0, content);
    page[0] = LEAF;
    page.writeUInt16BE(count, 3);
    page.writeUInt16BE(content, 5);
    for (let cell = 0; cell < count; cell += 1) {
      page.writeUInt16BE(content + (offsets[cell] ?? 0), LEAF_HEADER + 2 * cell);
    }
    cells.copy(page, content, 0, used);
    return page;
  }

  function closeLeaf(): void {
    leaves.push({ page: append(assemble()), highest });
    count = 0;
    used = 0;
  }

  return {
    add(number, { bytes, from, to }) {
      const payload = to - from;
      const local = localBytes(payload);
      const size = varintBytes(payload) + varintBytes(number) + local + (local < payload ? 4 : 0);
      if (LEAF_HEADER + 2 * (count + 1) + used + size > PAGE_BYTES) closeLeaf();
      offsets[count] = used;
      count += 1;
      used = putVarint(cells, putVarint(cells, used, payload), number);
      bytes.copy(cells, used, from, from + local);
      used += local;
      if (local < payload) used = cells.writeUInt32BE(appendOverflow(append, bytes.subarray(from + local, to)), used);
      highest = number;
    },
    finish() {
      if (leaves.length === 0) return put(assemble());
      closeLeaf();
      let level = leaves;
      while (level.length > CHILDREN_MAX) level = levelAbove(level, append);
      put(interiorPage(level));
    },
  };
}

function localBytes(payload: number): number {
  if (payload <= LOCAL_MAX) return payload;
  const local = LOCAL_MIN + ((payload - LOCAL_MIN) % OVERFLOW_BYTES);
  return local <= LOCAL_MAX ? local : LOCAL_MIN;
}

/** Gives the first page of the chain, which is written from its end. */
function appendOverflow(append: (page: Buffer) => number, bytes: Buffer): number {
  let next = 0;
  for (let from = Math.floor((bytes.length - 1) / OVERFLOW_BYTES) * OVERFLOW_BYTES; from >= 0; from -= OVERFLOW_BYTES) {
    const page = Buffer.alloc(PAGE_BYTES);
    page.writeUInt32BE(next);
    bytes.copy(page, 4, from, Math.min(bytes.length, from + OVERFLOW_BYTES));
    next = append(page);
  }
  return next;
}

function levelAbove(children: readonly Child[], append: (page: Buffer) => number): Child[] {
  const level: Child[] = [];
  for (let from = 0; from < children.length;) {
    const left = children.length - from;
    // Nobody is left alone on the last page: a page of one child is none to SQLite.
    const taken = left === CHILDREN_MAX + 1 ? CHILDREN_MAX - 1 : Math.min(left, CHILDREN_MAX);
    const some = children.slice(from, from + taken);
    level.push({ page: append(interiorPage(some)), highest: some.at(-1)?.highest ?? 0 });
    from += taken;
  }
  return level;
}

function interiorPage(children: readonly Child[]): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  let content = PAGE_BYTES;
  for (const [index, child] of children.slice(0, -1).entries()) {
    content -= 4 + varintBytes(child.highest);
    putVarint(page, page.writeUInt32BE(child.page, content), child.highest);
    page.writeUInt16BE(content, INTERIOR_HEADER + 2 * index);
  }
  page[0] = INTERIOR;
  page.writeUInt16BE(children.length - 1, 3);
  page.writeUInt16BE(content, 5);
  page.writeUInt32BE(children.at(-1)?.page ?? 0, 8);
  return page;
}
