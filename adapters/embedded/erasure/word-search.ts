import {
  closeSync,
  createReadStream,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { WordFinder } from './word-finder.ts';

/** A file, and how many of the words it contains. */
export interface SearchedFile {
  readonly path: string;
  readonly words: number;
  /** Why it could not be read to its end. */
  readonly unreadable?: string;
}

const CHUNK_BYTES = 4 * 2 ** 20;

/** Searches every file below a folder, byte for byte; gzip files are unpacked. Links are followed, even out of the
 *  folder, and their targets are reported by the path that leads there. What cannot be searched is reported; sockets
 *  and pipes contain nothing. */
export async function searchFolder(
  folder: string,
  finder: WordFinder,
  wanted: (path: string) => boolean = () => true,
): Promise<SearchedFile[]> {
  const searched: SearchedFile[] = [];
  for (const found of filesBelow(folder, new Set())) {
    if (!wanted(found.path)) continue;
    searched.push(found.unreadable === undefined ? await searchFile(found, finder) : { words: 0, ...found });
  }
  return searched.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

interface FoundFile {
  readonly path: string;
  /** The path of its bytes, if different. */
  readonly target?: string;
  readonly unreadable?: string;
}

function* filesBelow(folder: string, entered: Set<string>): Generator<FoundFile> {
  const real = realpathSync(folder);
  // A link may lead back to a folder that contains it.
  if (entered.has(real)) return;
  entered.add(real);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const isLink = statsOf(() => lstatSync(path))?.isSymbolicLink() ?? false;
    const stats = statsOf(() => statSync(path));
    if (stats === undefined) {
      if (isLink) yield { path, unreadable: 'it is a link whose target is missing or unreachable' };
    } else if (stats.isDirectory()) yield* folderBelow(path, entered);
    else if (stats.isFile()) yield* isLink ? withCompanions(path) : [{ path }];
    else if (!stats.isSocket() && !stats.isFIFO()) yield { path, unreadable: 'it is a device' };
  }
}

function* folderBelow(path: string, entered: Set<string>): Generator<FoundFile> {
  try {
    yield* filesBelow(path, entered);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') yield { path, unreadable: (error as Error).message };
  }
}

/** SQLite keeps the WAL of a linked file beside the link's target. */
function* withCompanions(path: string): Generator<FoundFile> {
  const target = realpathSync(path);
  yield { path, target };
  for (const suffix of ['-wal', '-shm', '-journal']) {
    if (statsOf(() => statSync(target + suffix))?.isFile()) yield { path: path + suffix, target: target + suffix };
  }
}

// Files come and go while a server runs.
function statsOf(read: () => Stats): Stats | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

async function searchFile({ path, target = path }: FoundFile, finder: WordFinder): Promise<SearchedFile> {
  const found = new Set<number>();
  try {
    const file = createReadStream(target, { highWaterMark: CHUNK_BYTES });
    // By content, not name: a killed archive run leaves files with other names.
    const bytes = isGzip(target) ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : file;
    let rest = Buffer.alloc(0);
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const piece = Buffer.concat([rest, chunk]);
      finder.find(piece, found);
      rest = piece.subarray(Math.max(0, piece.length - finder.longest));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, words: found.size };
    return { path, words: found.size, unreadable: (error as Error).message };
  }
  return { path, words: found.size };
}

function isGzip(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(2);
    readSync(file, start);
    return start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}
