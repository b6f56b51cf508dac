import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { FigtreeError } from '../events/errors.ts';
import { arraySlices } from './array-slices.ts';
import { bodyItems, refuseUnreadable } from './body-items.ts';
import { BODY_ITEMS_MAX, SLICE_BYTES, SLICE_ITEMS, type Turn } from './body-limits.ts';
import { ITEM_BYTES_MAX, refusedUnparsed, tooLong } from './item-limits.ts';
import { isNdjson } from './large-ndjson.ts';
import { ndjsonBatches } from './ndjson-lines.ts';
import { bufferOf, trimmedInTurns } from './scanning.ts';
import type { IncomingItem } from './incoming-item.ts';

// A body of at most this many bytes is parsed in less than 30 ms, whatever its shape.
const WHOLE_BYTES_MAX = 64 * 1024;

// Even with the shortest lines it has no more items than a slice.
const AT_ONCE_BYTES_MAX = 2 * SLICE_ITEMS;

const OPEN_BRACKET = 0x5b;
const LINE_FEED = 0x0a;
const LINES_PER_TURN = 20_000;
// Lines that are not UTF-8 are decoded one by one, so each turn takes fewer of them.
const UNREADABLE_PIECE_BYTES = 8 * 1024;

/** Returns the items of a request's body, in slices small enough for one turn of the event loop, separated as in
 *  `bodyItems`. A large body is first scanned byte by byte, then parsed item by item: `turn` is awaited between two
 *  parts of the work, so that no body blocks the others, whatever its shape. Throws BODY_TOO_LARGE before the first
 *  slice. */
export async function* bodySlices(
  body: Uint8Array,
  turn: Turn,
  { wholeBytesMax = WHOLE_BYTES_MAX }: { wholeBytesMax?: number } = {},
): AsyncGenerator<IncomingItem[]> {
  if (isSmall(body, wholeBytesMax)) {
    yield* inSlices(wholeItems(body));
    return;
  }
  const text = await trimmedInTurns(bufferOf(body), turn);
  if (text.length === 0) return;
  const isOfLines = await isNdjson(text, turn);
  await turn();
  if (isOfLines) yield* lineSlices(text, turn);
  else if (text[0] === OPEN_BRACKET) yield* arraySlices(text, turn);
  else yield [await documentItem(text, turn)];
}

/** Returns the items of a body that is processed as a whole, as most are, without the cost of slices. Undefined for
 *  others. */
export function itemsAtOnce(body: Uint8Array): IncomingItem[] | undefined {
  if (body.length > AT_ONCE_BYTES_MAX || !isSmall(body, WHOLE_BYTES_MAX)) return undefined;
  return wholeItems(body);
}

function wholeItems(body: Uint8Array): IncomingItem[] {
  return bodyItems(bufferOf(body).toString());
}

// Only the bytes tell which part of a body is not UTF-8, even in a small one.
function isSmall(body: Uint8Array, wholeBytesMax: number): boolean {
  return body.length <= wholeBytesMax && isUtf8(body);
}

function* inSlices(items: IncomingItem[]): Generator<IncomingItem[]> {
  if (items.length <= SLICE_ITEMS) yield items;
  else for (let start = 0; start < items.length; start += SLICE_ITEMS) yield items.slice(start, start + SLICE_ITEMS);
}

async function* lineSlices(text: Uint8Array, turn: Turn): AsyncGenerator<IncomingItem[]> {
  await requireFewLines(text, turn);
  const limits = { linesMax: SLICE_ITEMS, batchBytesMax: SLICE_BYTES };
  for await (const batch of ndjsonBatches(inPieces(text, turn), limits)) {
    yield batch.map((item) => ({ ...item, text: item.text.trim() }));
  }
}

// A piece of line breaks has as many lines as bytes. A long line yields no batch for many pieces, and each piece is
// searched for ids.
async function* inPieces(text: Uint8Array, turn: Turn): AsyncGenerator<Uint8Array> {
  const bytes = isUtf8(text) ? SLICE_BYTES : UNREADABLE_PIECE_BYTES;
  for (let start = 0; start < text.length; start += bytes) {
    yield text.subarray(start, start + bytes);
    await turn();
  }
}

async function requireFewLines(text: Uint8Array, turn: Turn): Promise<void> {
  if (text.length < 2 * BODY_ITEMS_MAX) return;
  let lines = 1;
  let seen = 0;
  for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) {
    if (text[at + 1] !== LINE_FEED) lines += 1;
    if (lines > BODY_ITEMS_MAX) {
      throw new FigtreeError('BODY_TOO_LARGE', `The body holds more than ${BODY_ITEMS_MAX} items: send it in parts`);
    }
    seen += 1;
    if (seen % LINES_PER_TURN === 0) await turn();
  }
}

async function documentItem(bytes: Buffer, turn: Turn): Promise<IncomingItem> {
  if (bytes.length > ITEM_BYTES_MAX) return refusedUnparsed(bytes, tooLong(bytes.length), turn);
  const item = { text: bytes.toString() };
  return isUtf8(bytes) ? item : refuseUnreadable(item, hash('sha256', bytes));
}
