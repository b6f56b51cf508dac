import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../../adapters/embedded/files/durable-writes.ts';
import { isProcessLockTaken, takeProcessLock } from '../../../adapters/embedded/files/process-lock.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { RebuildState } from '../../../engine/rebuild/state.ts';
import { filesInUse } from './holder.ts';

// The files of rebuilds in a data folder:
//
//    <name>-<id>.db, <name>-at-<position>.db   new complete files; incomplete ones end in .part
//    rebuilds/<id>.json                        the options and the progress of a rebuild
//    rebuilds/<name>.lock, <name>.pid          the lock of the process that rebuilds the projection, and its pid

export interface RebuildFiles {
  /** All rebuilds, newest first. */
  states(): RebuildState[];
  save(state: RebuildState): void;
  /** Deletes a rebuild's state, and its files unless they are in use or the rebuild is finished. */
  forget(state: RebuildState): void;
  path(file: string): string;
  isThere(file: string): boolean;
  /** Removes a file with its incomplete version and SQLite's accompanying files, unless it is in use. */
  removeFile(file: string): void;
  /** Locks these projections for this process and returns the release. REBUILD_RUNNING if another process rebuilds one of them. */
  lock(names: readonly ProjectionName[]): () => void;
  /** The process that rebuilds the projection; undefined if there is none. */
  runningIn(name: ProjectionName): { readonly pid?: number } | undefined;
}

// A process that only checks whether a lock is taken holds it for much less than this.
const LOCK_WAIT_MS = 500;

export function rebuildLockPath(folder: string, name: ProjectionName): string {
  return join(folder, 'rebuilds', `${name}.lock`);
}

export function openRebuildFiles(folder: string): RebuildFiles {
  const states = join(folder, 'rebuilds');
  const path = (file: string) => join(folder, file);
  const lockPath = (name: ProjectionName) => rebuildLockPath(folder, name);
  const pidPath = (name: ProjectionName) => join(states, `${name}.pid`);

  function removeFile(file: string): void {
    // The file may have gone live without its rebuild having recorded that.
    if (filesInUse(folder).has(file)) return;
    for (const part of ['', '.part']) removeDatabase(path(file + part));
  }

  function runningIn(name: ProjectionName): { readonly pid?: number } | undefined {
    if (!existsSync(lockPath(name)) || !isProcessLockTaken(lockPath(name))) return undefined;
    return pidIn(pidPath(name));
  }

  function lock(names: readonly ProjectionName[]): () => void {
    mkdirSync(states, { recursive: true, mode: 0o700 });
    const taken: (() => void)[] = [];
    const release = () => taken.splice(0).forEach((one) => one());
    // Always in the same order, so that one of two concurrent processes gets all locks.
    for (const name of names.toSorted()) {
      const one = takeProcessLock(lockPath(name), { waitMs: LOCK_WAIT_MS });
      if (one === undefined) {
        release();
        throw alreadyRunning(name, pidIn(pidPath(name)));
      }
      writeFileSync(pidPath(name), `${process.pid}\n`, { mode: 0o600 });
      taken.push(() => {
        rmSync(pidPath(name), { force: true });
        one.release();
      });
    }
    return release;
  }

  return {
    path,
    isThere: (file) => existsSync(path(file)),
    removeFile,
    lock,
    runningIn,
    states: () => readStates(states),
    save(state) {
      mkdirSync(states, { recursive: true, mode: 0o700 });
      replaceFile(join(states, `${state.id}.json`), `${JSON.stringify(state, null, 2)}\n`);
    },
    forget(state) {
      if (state.finishedAt === undefined) for (const { file } of state.projections) removeFile(file);
      rmSync(join(states, `${state.id}.json`), { force: true });
    },
  };
}

function alreadyRunning(projection: ProjectionName, { pid }: { readonly pid?: number }): FigtreeError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new FigtreeError('REBUILD_RUNNING', `${projection} is being rebuilt by ${who}`, {
    projection,
    ...defined({ pid }),
  });
}

function readStates(folder: string): RebuildState[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names
    .toSorted()
    .toReversed()
    .flatMap((name) => readState(join(folder, name)));
}

// An unreadable state cannot be continued, so it is skipped.
function readState(path: string): RebuildState[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8')) as RebuildState];
  } catch {
    return [];
  }
}

function pidIn(path: string): { readonly pid?: number } {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return pid > 0 ? { pid } : {};
  } catch {
    return {};
  }
}
