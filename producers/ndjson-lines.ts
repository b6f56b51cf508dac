import { isUtf8 } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import type { NamedIds } from '../ports/quarantine.ts';
import { withoutByteOrderMarks } from './byte-order-mark.ts';
import { ITEM_BYTES_MAX, KEPT_OF_LONG_ITEM_BYTES, tooLong } from './item-limits.ts';
import { namedIdsInPieces, namedIn } from './named-ids.ts';
import type { IncomingItem } from './incoming-item.ts';

export interface NdjsonLimits {
  /** A batch ends with the first of these limits that it reaches. */
  readonly linesMax: number;
  readonly batchBytesMax: number;
  /** A longer line becomes an item with a problem, and only its first part is ever in memory. */
  readonly lineBytesMax: number;
}

export const NDJSON_LIMITS: NdjsonLimits = {
  linesMax: 2000,
  batchBytesMax: 4 * 1024 * 1024,
  lineBytesMax: ITEM_BYTES_MAX,
};

const LINE_FEED = 10;

// A larger chunk is processed in pieces, so that memory does not depend on how the source cuts.
const PIECE_BYTES = 256 * 1024;

/** Returns the lines of a stream of UTF-8 bytes, in batches. Lines end with LF or CRLF, the last one optionally; blank
 *  lines are omitted, and so are byte order marks around a line. A line that is not UTF-8 becomes an item with a
 *  problem. */
export async function* ndjsonBatches(
  stream: AsyncIterable<Uint8Array>,
  limits: Partial<NdjsonLimits> = {},
): AsyncGenerator<IncomingItem[]> {
  const { linesMax, batchBytesMax, lineBytesMax } = { ...NDJSON_LIMITS, ...limits };
  const lines = lineSplitter(lineBytesMax);
  let batch: IncomingItem[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      bytes += piece.length;
      for (const item of lines.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))) {
        batch.push(item);
        if (batch.length < linesMax) continue;
        yield batch;
        batch = [];
        bytes = 0;
      }
      if (bytes < batchBytesMax || batch.length === 0) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  batch.push(...lines.end());
  if (batch.length > 0) yield batch;
}

interface LineSplitter {
  /** The items whose lines have ended. */
  push(piece: Buffer): IncomingItem[];
  end(): IncomingItem[];
}

// Whole lines are decoded together, a piece at a time: decoding them one by one takes three times as long.
function lineSplitter(lineBytesMax: number): LineSplitter {
  // The beginning of an unfinished line; for a line that is already too long, its first part.
  let begun: Buffer[] = [];
  let begunBytes = 0;
  // For a line that is too long: two lines with equal beginnings are both kept.
  let longLine: WholeLine | undefined;

  function begin(part: Buffer): void {
    begunBytes += part.length;
    if (longLine !== undefined) return longLine.push(part);
    // A copy, because a source may reuse its buffer for the next chunk.
    begun.push(Buffer.from(part));
    if (begunBytes <= lineBytesMax) return;
    longLine = wholeLine();
    for (const before of begun) longLine.push(before);
    begun = [Buffer.concat(begun, Math.min(begunBytes, KEPT_OF_LONG_ITEM_BYTES))];
  }

  function endBegun(items: IncomingItem[]): void {
    const whole = begun.length === 1 ? begun[0] : Buffer.concat(begun);
    const bytes = begunBytes;
    const facts = longLine?.facts();
    begun = [];
    begunBytes = 0;
    longLine = undefined;
    if (whole === undefined) return;
    if (facts === undefined) decode(whole, items);
    else items.push(tooLongItem(whole.toString(), { bytes, bytesMax: lineBytesMax, ...facts }));
  }

  function decode(lines: Buffer, items: IncomingItem[]): void {
    const unreadable = !isUtf8(lines);
    // One by one, to find the invalid one.
    if (unreadable && lines.includes(LINE_FEED)) return linesOf(lines).forEach((line) => decode(line, items));
    const text = lines.toString();
    const mayBeTooLong = lines.length > lineBytesMax;
    for (const ended of text.split('\n')) {
      const line = withoutByteOrderMarks(ended.endsWith('\r') ? ended.slice(0, -1) : ended);
      if (line === '' || line.trim() === '') continue;
      const bytes = mayBeTooLong ? Buffer.byteLength(line) : 0;
      if (bytes > lineBytesMax) items.push(heldTooLongItem(line, { bytes, bytesMax: lineBytesMax }));
      else if (unreadable) items.push(notUtf8Item(line, lines));
      else items.push({ text: line });
    }
  }

  return {
    push(piece) {
      const items: IncomingItem[] = [];
      const firstEnd = piece.indexOf(LINE_FEED);
      if (firstEnd < 0) {
        begin(piece);
        return items;
      }
      const lastEnd = piece.lastIndexOf(LINE_FEED);
      let start = 0;
      if (begunBytes > 0) {
        begin(piece.subarray(0, firstEnd));
        endBegun(items);
        start = firstEnd + 1;
      }
      if (start < lastEnd) decode(piece.subarray(start, lastEnd), items);
      if (lastEnd + 1 < piece.length) begin(piece.subarray(lastEnd + 1));
      return items;
    },
    end() {
      const items: IncomingItem[] = [];
      endBegun(items);
      return items;
    },
  };
}

/** What is collected from a line that is too long while it passes: only its beginning is kept. */
interface WholeLine {
  push(part: Buffer): void;
  facts(): Pick<LongLine, 'fingerprint' | 'named'>;
}

function wholeLine(): WholeLine {
  const hashed = createHash('sha256');
  const ids = namedIdsInPieces();
  return {
    push(part) {
      hashed.update(part);
      ids.push(part);
    },
    facts: () => ({ fingerprint: hashed.digest('hex'), named: ids.named() }),
  };
}

interface LongLine {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly fingerprint: string;
  readonly named: NamedIds;
}

function tooLongItem(text: string, { bytes, bytesMax, fingerprint, named }: LongLine): IncomingItem {
  return { text: text.slice(0, KEPT_OF_LONG_ITEM_BYTES), fingerprint, named, problem: tooLong(bytes, bytesMax) };
}

/** For a line that is whole in memory. */
function heldTooLongItem(line: string, size: Pick<LongLine, 'bytes' | 'bytesMax'>): IncomingItem {
  return tooLongItem(line, { ...size, fingerprint: hash('sha256', line), named: namedIn(line) });
}

function notUtf8Item(text: string, bytes: Buffer): IncomingItem {
  const problem = { code: 'NOT_JSON', message: 'The line is not valid UTF-8' } as const;
  return { text, fingerprint: hash('sha256', bytes), problem };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  lines.push(bytes.subarray(start));
  return lines;
}
