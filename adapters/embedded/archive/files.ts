import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FigtreeError } from '../../../events/errors.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';

// A file is small enough to be read whole: its digest is checked before any of its lines is used, and reading a
// position reads one file.
const FILE_LINES_MAX = 50_000;
const FILE_BYTES_MAX = 8 * 1024 * 1024;

// Several times the largest line that any release has written; what unpacks to more was not written by one.
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

// Level 6 takes twice as long for files that are a twentieth smaller.
const LEVEL = 4;
// zlib returns to this thread for each piece of output, and waits if it is busy: so a file is one piece.
const PIECE_BYTES = FILE_BYTES_MAX + 1024 * 1024;
const LINE_END = 10;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

/** The manifest's entry of any file. */
export interface PackedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file before packing. */
export interface FileOf<Item> {
  readonly first: Item;
  readonly last: Item;
  readonly lines: number;
  readonly text: Uint8Array;
}

/** Divides input into files: a new one starts when one is full, or an item does not belong with its first. */
export function* inFiles<Item>(
  items: Iterable<Item>,
  lineFor: (item: Item) => string,
  belongs: (item: Item, first: Item) => boolean = () => true,
): Generator<FileOf<Item>> {
  let file: { first: Item; last: Item; lines: number; text: LineBuffer } | undefined;
  for (const item of items) {
    const full = file !== undefined && (file.lines >= FILE_LINES_MAX || file.text.bytes() >= FILE_BYTES_MAX);
    if (file !== undefined && (full || !belongs(item, file.first))) {
      yield { ...file, text: file.text.taken() };
      file = undefined;
    }
    file ??= { first: item, last: item, lines: 0, text: lineBuffer() };
    file.last = item;
    file.lines += 1;
    file.text.add(lineFor(item));
  }
  if (file !== undefined) yield { ...file, text: file.text.taken() };
}

interface LineBuffer {
  add(line: string): void;
  bytes(): number;
  taken(): Uint8Array;
}

const FIRST_BYTES = 64 * 1024;
const CHARACTER_BYTES_MAX = 3;

/** Lines become bytes one by one: as an array of strings they would take several times their size until the next
 *  garbage collection of old objects. */
function lineBuffer(): LineBuffer {
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  return {
    add(line) {
      const needed = length + line.length * CHARACTER_BYTES_MAX + 1;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * buffer.length, PIECE_BYTES)));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      length += buffer.write(line, length);
      buffer[length] = LINE_END;
      length += 1;
    },
    bytes: () => length,
    taken: () => buffer.subarray(0, length),
  };
}

/** Packs a text in another thread. */
export async function packText(text: Uint8Array): Promise<PackedFile & { readonly content: Uint8Array }> {
  const content = await packed(text, { level: LEVEL, memLevel: 9, chunkSize: PIECE_BYTES / 4 });
  return { content, bytes: content.length, sha256: hash('sha256', content) };
}

/** The text of a file as UTF-8, each line ended by a newline. Throws ARCHIVE_DAMAGED if it does not match the
 *  manifest. */
export async function unpackFile(archive: LogArchive, file: PackedFile & { readonly name: string }): Promise<Buffer> {
  if (file.bytes > UNPACKED_BYTES_MAX)
    throw damagedFile(archive, file.name, 'it exceeds the maximum size of an archive file');
  const content = await archive.get(file.name, file.bytes);
  const sound = hash('sha256', content) === file.sha256;
  if (!sound) throw damagedFile(archive, file.name, 'it does not match the manifest');
  try {
    return await unpacked(content, { chunkSize: PIECE_BYTES, maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (error) {
    throw damagedFile(archive, file.name, (error as Error).message);
  }
}

export function damagedFile({ place }: LogArchive, name: string, reason: string): FigtreeError {
  return new FigtreeError('ARCHIVE_DAMAGED', `${name} in ${place}: ${reason}`, { path: `${place}/${name}` });
}

/** The lines of a text, each decoded on demand. */
export function* linesIn(text: Buffer): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf(LINE_END, from);
    yield text.toString('utf8', from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}
