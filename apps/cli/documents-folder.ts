import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import { makeFolder } from '../../adapters/disk/made-folder.ts';
import { unwritable } from './unwritable.ts';

/** Lists the written files in a folder of documents, so that the next run can remove outdated ones and touches nothing
 *  else. */
const CONTENTS = 'contents.json';
const contents = z.object({ writtenBy: z.literal('figtree schema docs'), files: z.array(z.string()) });

/** Writes files by their paths relative to `folder`, which is created if necessary, and removes files of the last run
 *  that are no longer among them. Refuses a folder with other contents. */
export function writeDocuments(folder: string, files: ReadonlyMap<string, string>): void {
  const before = writtenBefore(folder);
  try {
    for (const path of before.filter((old) => !files.has(old))) rmSync(inside(folder, path), { force: true });
    for (const [path, text] of files) {
      const at = inside(folder, path);
      makeFolder(dirname(at));
      writeFileSync(at, text);
    }
    const list = { writtenBy: 'figtree schema docs', files: [...files.keys()] };
    writeFileSync(join(folder, CONTENTS), `${JSON.stringify(list, null, 2)}\n`);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

function writtenBefore(folder: string): readonly string[] {
  const names = namesIn(folder);
  if (names.length === 0) return [];
  const found = names.includes(CONTENTS) ? contents.safeParse(readContents(join(folder, CONTENTS))) : undefined;
  if (found?.success) return found.data.files;
  throw new FigtreeError(
    'REQUEST_INVALID',
    `${folder} contains other files: choose an empty folder, or one written by the same command`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unwritable(folder, error);
  }
}

function readContents(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The list may have been edited by anybody, so paths in it may not leave the folder. */
function inside(folder: string, path: string): string {
  const at = resolve(folder, path);
  const way = relative(resolve(folder), at);
  if (way === '' || way.startsWith('..') || resolve(way) === way) {
    throw new FigtreeError('REQUEST_INVALID', `${join(folder, CONTENTS)} names ${path}, which is outside the folder`);
  }
  return at;
}
