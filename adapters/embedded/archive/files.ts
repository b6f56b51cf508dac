import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FigtreeError } from '../../../events/errors.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';

// A file holds so much that nothing need be read in parts: who reads one has it whole, with its digest checked before a
// single line of it is used, and whoever wants a position reads one file.
const FILE_LINES_MAX = 50_000;
const FILE_BYTES_MAX = 8 * 1024 * 1024;

// The largest line that any release has written fits several times; what unpacks to more was not written by one.
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

// Level 6 takes twice as long for files that are a twentieth smaller.
const LEVEL = 4;
// zlib comes back to this thread for each piece of what it gives, and waits if we are busy: so a file is one piece.
const PIECE_BYTES = FILE_BYTES_MAX + 1024 * 1024;
const LINE_END = 10;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

/** What stands in the manifest about any file. */
export interface PackedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file as it is to be packed. */
export interface FileOf<Item> {
  readonly first: Item;
  readonly last: Item;
  readonly lines: number;
  readonly text: Uint8Array;
}

/** Cuts what comes into files: where one is full, or an item does not belong to the first of it. */
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

/** Lines go into bytes one by one: as an array of strings they would take several times their room until the next garbage
 *  collection that looks at old objects. */
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

/** The text of a file as UTF-8, lines each ended by a newline. ARCHIVE_DAMAGED if it is not the one of the manifest. */
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

/** The lines of a text, each decoded when it is asked for. */
export function* linesIn(text: Buffer): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf(LINE_END, from);
    yield text.toString('utf8', from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}
