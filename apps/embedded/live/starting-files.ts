import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LivePointer,
  type LiveVersion,
  readLivePointer,
  writeLivePointer,
} from '../../../adapters/embedded/projection/live-pointer.ts';
import { takeProcessLock } from '../../../adapters/embedded/files/process-lock.ts';
import { checkProjectionFile, type ProjectionFileState } from '../../../adapters/embedded/projection/check.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import { knownProjections } from '../../projections/known-readers.ts';
import { projectionNamed, projectionNames } from '../../projections/registry.ts';
import { openRebuildFiles, rebuildLockPath } from '../rebuild/files.ts';

export interface StartingFilesOptions {
  readonly folder: string;
  readonly head: number;
  readonly logger: Logger;
}

/** Decides at the start which file each projection uses, before any of them is opened. A damaged, missing or older file is rebuilt
 *  from the log; a complete build of this version beside an older file replaces it at once. */
export function settleStartingFiles(options: StartingFilesOptions): ReadonlyMap<ProjectionName, LiveVersion> {
  const { folder } = options;
  // Listed before the locks are checked: a rebuild that creates files later holds a lock.
  const unfinished = readdirSync(folder).filter((file) => UNFINISHED.test(file));
  const rebuilds = takeRebuilds(folder);
  const pointer = readLivePointer(folder);
  let settled: ReadonlyMap<ProjectionName, LiveVersion>;
  try {
    removeUnfinishedBuilds(folder, unfinished, rebuilds.running);
    const found = projectionNames.map((name) => [name, pointer.of(name)] as const);
    settled = new Map(
      found.map(([name, version]) => [
        name,
        settle(name, version, { ...options, rebuilt: rebuilds.running(name), isNew: isNew(name, pointer) }),
      ]),
    );
    if (found.some(([name, version]) => settled.get(name) !== version)) {
      writeLivePointer(folder, pointer.with(settled));
    }
  } finally {
    rebuilds.release();
  }
  for (const [name, { live, previous: kept }] of settled) {
    const { previous } = pointer.of(name);
    if (previous !== undefined && previous !== kept && previous !== live) removeDatabase(join(folder, previous));
  }
  return settled;
}

interface SettleOptions extends StartingFilesOptions {
  /** True if another process rebuilds it, which then owns its new files, including complete ones. */
  readonly rebuilt: boolean;
  /** True if there may never have been a file of it in this folder. */
  readonly isNew: boolean;
}

// A feature that is added to a log gets an entry in the pointer by its first start.
function isNew(name: ProjectionName, pointer: LivePointer): boolean {
  return !knownProjections.includes(name) && !pointer.entries.has(name);
}

function settle(name: ProjectionName, pointed: LiveVersion, options: SettleOptions): LiveVersion {
  const { folder, head, logger, rebuilt } = options;
  const { version } = projectionNamed(name).embedded;
  const path = join(folder, pointed.live);
  const found = checkProjectionFile(path);
  if (found.state === 'sound') {
    if (found.version >= version) return pointed;
    const replayUpTo = Math.min(head, Math.max(found.position, pointed.replayUpTo ?? 0));
    const adopted = rebuilt ? undefined : newestBuild(name, pointed.live, options);
    if (adopted !== undefined) {
      logger.info(
        { projection: name, file: adopted, instead: pointed.live },
        'using the projection file of this version',
      );
      return { live: adopted, previous: pointed.live, replayUpTo };
    }
    logger.info({ path, version: found.version }, 'projection file has an older version, rebuilding it');
    return { ...pointed, replayUpTo };
  }
  tellDamage(path, found, options);
  removeDatabase(path);
  return head === 0 ? pointed : { ...pointed, replayUpTo: head };
}

function tellDamage(path: string, found: ProjectionFileState, { head, logger, isNew: added }: SettleOptions): void {
  // With an empty log there are no files yet, or those of a start that was killed.
  if (head === 0) return;
  if (found.state === 'damaged')
    logger.warn({ path, reason: found.reason }, 'projection file is damaged, rebuilding it');
  else if (added) logger.info({ path }, 'new projection, building it from the log');
  else logger.warn({ path }, 'projection file is missing, rebuilding it');
}

/** Returns the verified file of this code's version with the highest position, built by a rebuild beside an older server. */
function newestBuild(name: ProjectionName, live: string, options: StartingFilesOptions): string | undefined {
  const { folder, head } = options;
  const { version } = projectionNamed(name).embedded;
  const verified = verifiedFiles(folder);
  let newest: { file: string; position: number } | undefined;
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(`${name}-`) || !verified.has(file) || file === live) continue;
    const found = checkProjectionFile(join(folder, file));
    if (found.state !== 'sound' || found.version !== version || found.position > head) continue;
    if (newest === undefined || found.position > newest.position) newest = { file, position: found.position };
  }
  return newest?.file;
}

/** Files that rebuilds have built and verified, except those that stop at a past position. */
function verifiedFiles(folder: string): ReadonlySet<string> {
  const made = openRebuildFiles(folder)
    .states()
    .filter(({ stage, options }) => (stage === 'built' || stage === 'swapping') && options.until === undefined);
  const files = made.flatMap(({ projections: built }) => built.filter((one) => one.stage === 'verified'));
  return new Set(files.map(({ file }) => file));
}

const UNFINISHED = /^([a-z][a-z0-9]*)-.*\.db\.part$/;

/** Files of killed builds are useless; those of builds that are running in another process are kept. */
function removeUnfinishedBuilds(
  folder: string,
  files: readonly string[],
  running: (name: ProjectionName) => boolean,
): void {
  for (const file of files) {
    const named = UNFINISHED.exec(file)?.[1];
    const known = named !== undefined && projectionNames.includes(named);
    if (known && !running(named)) removeDatabase(join(folder, file));
  }
}

/** Keeps other processes from starting rebuilds. A projection that has never been rebuilt has no lock. */
function takeRebuilds(folder: string) {
  const known = projectionNames.filter((name) => existsSync(rebuildLockPath(folder, name)));
  const locks = new Map(known.map((name) => [name, takeProcessLock(rebuildLockPath(folder, name))]));
  return {
    running: (name: ProjectionName) => locks.has(name) && locks.get(name) === undefined,
    release: () => locks.forEach((lock) => lock?.release()),
  };
}
