import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FigtreeError } from '../../events/errors.ts';
import type { LogArchive } from '../../ports/log-archive.ts';

// A file holds so much that nothing need be read in parts: who reads one has it whole, with its digest checked before a
// single line of it is used, and whoever wants a position reads one file.
export const FILE_LINES_MAX = 50_000;
export const FILE_CHARACTERS_MAX = 16 * 1024 * 1024;

// Level 6 takes half as long again for files that are a twentieth smaller.
const LEVEL = 4;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

/** What stands in the manifest about any file. */
export interface PackedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** Packs lines in another thread. */
export async function packLines(lines: readonly string[]): Promise<PackedFile & { readonly content: Uint8Array }> {
  const content = await packed(`${lines.join('\n')}\n`, { level: LEVEL });
  return { content, bytes: content.length, sha256: hash('sha256', content) };
}

/** The text of a file as UTF-8, lines each ended by a newline. ARCHIVE_DAMAGED if it is not the one of the manifest. */
export async function unpackFile(archive: LogArchive, file: PackedFile & { readonly name: string }): Promise<Buffer> {
  const content = await archive.get(file.name);
  const sound = content.length === file.bytes && hash('sha256', content) === file.sha256;
  if (!sound) throw damagedFile(archive, file.name, 'it is not what the manifest says');
  try {
    return await unpacked(content);
  } catch (error) {
    throw damagedFile(archive, file.name, (error as Error).message);
  }
}

export function damagedFile({ place }: LogArchive, name: string, reason: string): FigtreeError {
  return new FigtreeError('ARCHIVE_DAMAGED', `${name} of ${place}: ${reason}`, { path: `${place}/${name}` });
}

const LINE_END = 10;

/** The lines of a text, each decoded when it is asked for. */
export function* linesIn(text: Buffer): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf(LINE_END, from);
    yield text.toString('utf8', from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}
