import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FigtreeError } from '../../events/errors.ts';
import { type ProjectionName, projectionNames } from '../../ports/progress.ts';

/** Which file is live for each projection. It is what makes a swap atomic, also one of several projections: the file
 *  `live.json` is written beside, fsynced and renamed, so whoever reads it sees all of the old or all of the new. */
export type LivePointer = { readonly [Name in ProjectionName]: LiveVersion };

/** Names of files in the data folder. */
export interface LiveVersion {
  readonly live: string;
  /** What was live before, kept to go back to it. */
  readonly previous?: string;
  /** What another version, or an earlier file, has handled already: up to this position the live one applies the past. */
  readonly replayUpTo?: number;
}

const FILE = 'live.json';

/** Without `live.json`, `<name>.db` is live. DATA_DAMAGED if it is there and does not say what it should. */
export function readLivePointer(folder: string): LivePointer {
  const path = join(folder, FILE);
  const said = readJson(path);
  const version = (name: ProjectionName) => {
    const entry = said[name];
    if (entry === undefined) return { live: `${name}.db` };
    return checked(entry) ?? fail(path, `what it says of ${name} is not the name of a file in the folder`);
  };
  return forEachProjection(version);
}

/** Returns once the flip survives a power loss. If it throws, the pointer may be the old or the new one. */
export function writeLivePointer(folder: string, pointer: LivePointer): void {
  const path = join(folder, FILE);
  const beside = `${path}.new`;
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(pointer, undefined, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    fsyncFolder(folder);
  } catch (error) {
    const { code: reason, message } = error as NodeJS.ErrnoException;
    const code = reason === 'ENOSPC' ? 'STORAGE_FULL' : 'STORAGE_FAILED';
    throw new FigtreeError(code, `${path} cannot be written: ${message}`, { path, cause: error });
  }
}

export function forEachProjection<Value>(make: (name: ProjectionName) => Value): Record<ProjectionName, Value> {
  return Object.fromEntries(projectionNames.map((name) => [name, make(name)])) as Record<ProjectionName, Value>;
}

/** A path would lead out of the folder, and what begins with a dot is hidden from who looks for it. */
export function isPlainFileName(name: unknown): name is string {
  return typeof name === 'string' && /^[^.\s/\\][^/\\]*$/.test(name) && basename(name) === name;
}

function readJson(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new FigtreeError('STORAGE_FAILED', `${path} cannot be read: ${(error as Error).message}`, {
      path,
      cause: error,
    });
  }
  try {
    const said: unknown = JSON.parse(text);
    if (isRecord(said)) return said;
  } catch {
    // Told below.
  }
  return fail(path, 'it is not a JSON object');
}

function checked(entry: unknown): LiveVersion | undefined {
  if (!isRecord(entry)) return undefined;
  const { live, previous, replayUpTo } = entry;
  if (!isPlainFileName(live)) return undefined;
  if (previous !== undefined && !isPlainFileName(previous)) return undefined;
  if (replayUpTo !== undefined && !(Number.isSafeInteger(replayUpTo) && Number(replayUpTo) >= 0)) return undefined;
  return {
    live,
    ...(previous !== undefined && { previous }),
    ...(replayUpTo !== undefined && { replayUpTo: Number(replayUpTo) }),
  };
}

function fail(path: string, reason: string): never {
  const remedy = 'remove it, and <projection>.db is live again: what is not there is built again from the log';
  throw new FigtreeError('DATA_DAMAGED', `${path} is damaged: ${reason}; ${remedy}`, { path });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without this a power loss may undo the rename. Windows knows no such thing, and needs none. */
function fsyncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
