import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { isJsonObject } from '../../../events/json-object.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { replaceFile } from '../files/durable-writes.ts';

/** Names the live file of each projection. It makes a swap atomic, even of several projections: `live.json` is written
 *  beside the old one, fsynced and renamed, so readers see all of the old or all of the new. */
export interface LivePointer {
  /** Throws DATA_DAMAGED if the entry is invalid. */
  of(name: ProjectionName): LiveVersion;
  /** A copy with other versions of some projections. */
  with(changed: Iterable<readonly [ProjectionName, LiveVersion]>): LivePointer;
  /** All entries of the file, including unknown projections. */
  readonly entries: ReadonlyMap<ProjectionName, unknown>;
}

/** Names of files in the data folder. */
export interface LiveVersion {
  readonly live: string;
  /** The version that was live before, kept for a rollback. */
  readonly previous?: string;
  /** Positions up to this one were already handled by another version or an earlier file: the live one replays them. */
  readonly replayUpTo?: number;
}

const FILE = 'live.json';

/** Without `live.json`, `<name>.db` is live. Throws DATA_DAMAGED if it exists and is invalid. */
export function readLivePointer(folder: string): LivePointer {
  const path = join(folder, FILE);
  return livePointer(path, new Map(Object.entries(readJson(path))));
}

function livePointer(path: string, entries: ReadonlyMap<ProjectionName, unknown>): LivePointer {
  return {
    entries,
    of(name) {
      if (!entries.has(name)) return { live: `${name}.db` };
      return checked(entries.get(name)) ?? fail(path, `its entry for ${name} is not the name of a file in the folder`);
    },
    with: (changed) => livePointer(path, new Map([...entries, ...changed])),
  };
}

/** Returns once the change survives power loss. If it throws, the pointer may be the old or the new one. */
export function writeLivePointer(folder: string, pointer: LivePointer): void {
  replaceFile(join(folder, FILE), `${JSON.stringify(Object.fromEntries(pointer.entries), undefined, 2)}\n`);
}

/** Whether a file is named as a version of the projection. The content does not show which projection it belongs to,
 *  and two projections may have the same version. */
export function isVersionOf(name: ProjectionName, file: string): boolean {
  return file.endsWith('.db') && (file === `${name}.db` || file.startsWith(`${name}-`));
}

/** A path would lead out of the folder, and a leading dot would hide the file. */
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
    if (isJsonObject(said)) return said;
  } catch {
    // Reported below.
  }
  return fail(path, 'it is not a JSON object');
}

function checked(entry: unknown): LiveVersion | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { live, previous, replayUpTo } = entry;
  if (!isPlainFileName(live)) return undefined;
  if (previous !== undefined && !isPlainFileName(previous)) return undefined;
  if (replayUpTo !== undefined && !(Number.isSafeInteger(replayUpTo) && Number(replayUpTo) >= 0)) return undefined;
  return {
    live,
    ...defined({ previous }),
    ...(replayUpTo !== undefined && { replayUpTo: Number(replayUpTo) }),
  };
}

function fail(path: string, reason: string): never {
  const remedy = 'remove it to make <projection>.db live again; a missing file is rebuilt from the log';
  throw new FigtreeError('DATA_DAMAGED', `${path} is damaged: ${reason}; ${remedy}`, { path });
}
