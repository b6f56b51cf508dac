import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FigtreeError } from '../../events/errors.ts';
import type { ArchiveManifest, LogArchive } from '../../ports/log-archive.ts';
import { parseManifest } from '../../ports/archive-manifest.ts';
import { makeFolder } from './made-folder.ts';

const MANIFEST = 'manifest.json';
const PART = '.part';

/** An archive in a folder, which is made with the first thing that is put into it. */
export function openArchiveFolder(path: string): LogArchive {
  const place = resolve(path);
  const at = (name: string) => join(place, name);

  /** What was written is on the disk under its own name before this resolves: bytes first, then the name. */
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
      const text = await read(at(MANIFEST));
      return text === undefined ? undefined : parseManifest(text.toString(), at(MANIFEST));
    },
    replaceManifest: (manifest: ArchiveManifest) =>
      write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)),
    put: write,
    async get(name) {
      const bytes = await read(at(name));
      if (bytes !== undefined) return bytes;
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

// Windows has no such thing, and needs none.
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Undefined if there is no such file. */
async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
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
