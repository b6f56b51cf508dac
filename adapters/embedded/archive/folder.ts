import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { ArchiveManifest, LogArchive } from '../../../ports/log-archive.ts';
import { parseManifest } from './manifest.ts';
import { makeFolder } from '../../disk/made-folder.ts';

const MANIFEST = 'manifest.json';
const PART = '.part';
// Some 400 bytes per file of up to 50,000 events.
const MANIFEST_BYTES_MAX = 64 * 2 ** 20;

/** An archive in a folder, which is created with its first file. */
export function openArchiveFolder(path: string): LogArchive {
  const place = resolve(path);
  const at = (name: string) => join(place, name);

  /** The data is on the disk under its own name before this resolves: first the bytes, then the name. */
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      makeFolder(place, 0o700);
      const part = await open(at(name + PART), 'w', 0o600);
      await written(part, bytes);
      await rename(at(name + PART), at(name));
      await syncFolder(place);
    } catch (error) {
      throw unwritable(place, error);
    }
  }

  return {
    place,
    async manifest() {
      const text = await read(at(MANIFEST), { bytesMax: MANIFEST_BYTES_MAX });
      return text === undefined ? undefined : parseManifest(text.toString(), at(MANIFEST));
    },
    replaceManifest: (manifest: ArchiveManifest) =>
      write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)),
    put: write,
    async get(name, bytes) {
      const content = await read(at(name), bytes === undefined ? {} : { bytes });
      if (content !== undefined) return content;
      throw new FigtreeError('ARCHIVE_DAMAGED', `${at(name)} is missing`, { path: at(name) });
    },
    async list() {
      try {
        return (await readdir(place)).filter((name) => name !== MANIFEST);
      } catch (error) {
        if (isMissing(error)) return [];
        throw unreadable(place, error);
      }
    },
    async remove(name) {
      await rm(at(name), { force: true }).catch((error: unknown) => {
        throw unwritable(place, error);
      });
    },
  };
}

async function written(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

// Windows neither has nor needs this.
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

interface ExpectedSize {
  readonly bytes?: number;
  readonly bytesMax?: number;
}

// A pipe would block, and a link may lead anywhere.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Undefined if there is no such file. Throws ARCHIVE_DAMAGED if it is not a plain file or not of the expected size;
 *  then nothing of it is read. */
async function read(path: string, { bytes, bytesMax = Infinity }: ExpectedSize): Promise<Buffer | undefined> {
  const damaged = (reason: string) => new FigtreeError('ARCHIVE_DAMAGED', `${path} ${reason}`, { path });
  let file: FileHandle | undefined;
  try {
    file = await open(path, READ_FLAGS);
    const stats = await file.stat();
    if (!stats.isFile()) throw damaged('is not a file');
    if (bytes !== undefined && stats.size !== bytes)
      throw damaged(`has ${stats.size} bytes, but the manifest says ${bytes}`);
    if (stats.size > bytesMax) throw damaged(`has ${stats.size} bytes, more than a manifest may have`);
    return await file.readFile();
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (['ELOOP', 'EMLINK', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw damaged('is not a file');
    throw isFigtreeError(error) ? error : unreadable(path, error);
  } finally {
    await file?.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unreadable(path: string, error: unknown): FigtreeError {
  return new FigtreeError('FILE_UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
    path,
    cause: error,
  });
}

function unwritable(path: string, error: unknown): FigtreeError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new FigtreeError('STORAGE_FULL', `No space left for ${path}`, { path, cause: error });
  return new FigtreeError('FILE_UNWRITABLE', `${path} cannot be written: ${message}`, { path, cause: error });
}
