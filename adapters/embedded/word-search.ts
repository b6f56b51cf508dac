import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { WordFinder } from './word-finder.ts';

/** A file, and how many of the words stand in it. */
export interface SearchedFile {
  readonly path: string;
  readonly words: number;
  /** Why it could not be read to its end. */
  readonly unreadable?: string;
}

const CHUNK_BYTES = 4 * 2 ** 20;

/** Every file below a folder, byte for byte; of a gzip file what is packed in it. Sockets and the like hold nothing. */
export async function searchFolder(
  folder: string,
  finder: WordFinder,
  wanted: (path: string) => boolean = () => true,
): Promise<SearchedFile[]> {
  const searched: SearchedFile[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && wanted(path)) searched.push(await searchFile(path, finder));
  }
  return searched.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function searchFile(path: string, finder: WordFinder): Promise<SearchedFile> {
  const found = new Set<number>();
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const bytes = path.endsWith('.gz') ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : file;
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const piece = Buffer.concat([rest, chunk]);
      finder.find(piece, found);
      rest = piece.subarray(Math.max(0, piece.length - finder.longest));
    }
  } catch (error) {
    // Files come and go while a server runs.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, words: found.size };
    return { path, words: found.size, unreadable: (error as Error).message };
  }
  return { path, words: found.size };
}
