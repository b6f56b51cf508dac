// replaced by host's at the merge: the operations themselves have `swap` and `rollback`, and the pointer tells what is live.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dataFolder, lockDataFolder } from '../../adapters/embedded/data-folder.ts';
import { type ProjectionName, projectionNames } from '../../ports/progress.ts';
import { liveStanding } from './live-standing.ts';
import type { Operations } from './operations.ts';

export interface SwapArgument {
  readonly id: string;
  /** Names of files in the data folder: whole, closed, and of the current version. */
  readonly files: Readonly<Partial<Record<ProjectionName, string>>>;
}

export type Swapped = Partial<Record<ProjectionName, { readonly position: number; readonly previous: string }>>;

/** Who makes files the live ones: the process that holds the data folder. */
export interface Holder {
  swap(argument: SwapArgument): Promise<Swapped>;
  rollback(argument: { readonly projections: readonly ProjectionName[] }): Promise<Swapped>;
}

/** Whether a file that was about to become the live one of its projection has become it. */
export function isLive(folder: string, _name: ProjectionName, file: string): boolean {
  return !existsSync(join(folder, file));
}

/** Names of the files that must stay whatever a rebuild's state says: what is live, and what was before. */
export function filesInUse(folder: string): ReadonlySet<string> {
  return new Set(
    projectionNames.flatMap((name) => [basename(dataFolder(folder).projection(name)), `${name}-previous.db`]),
  );
}

/** The holder itself. */
export function heldBy(_operations: Operations): Holder {
  const notYet = () => Promise.reject(new Error('the holder cannot swap before the merge'));
  return { swap: notYet, rollback: notYet };
}

/** Takes the folder itself. */
export function swapInFolder(folder: string): Holder {
  const moveAll = (from: string, to: string) => {
    for (const beside of ['', '-wal', '-shm']) {
      rmSync(join(folder, to + beside), { force: true });
      if (existsSync(join(folder, from + beside))) renameSync(join(folder, from + beside), join(folder, to + beside));
    }
  };
  const standing = (name: ProjectionName) => liveStanding(dataFolder(folder), name)?.position ?? 0;
  function held<Result>(work: () => Result): Result {
    const locked = lockDataFolder(folder);
    try {
      return work();
    } finally {
      locked.unlock();
    }
  }
  return {
    swap: async ({ files }) =>
      held(() => {
        const swapped: Swapped = {};
        for (const name of projectionNames) {
          const file = files[name];
          if (file === undefined) continue;
          moveAll(`${name}.db`, `${name}-previous.db`);
          moveAll(file, `${name}.db`);
          swapped[name] = { position: standing(name), previous: `${name}-previous.db` };
        }
        return swapped;
      }),
    rollback: async ({ projections }) =>
      held(() => {
        const swapped: Swapped = {};
        for (const name of projections) {
          moveAll(`${name}.db`, `${name}-newer.db`);
          moveAll(`${name}-previous.db`, `${name}.db`);
          moveAll(`${name}-newer.db`, `${name}-previous.db`);
          swapped[name] = { position: standing(name), previous: `${name}-previous.db` };
        }
        return swapped;
      }),
  };
}
