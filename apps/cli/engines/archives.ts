import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openArchiveFolder } from '../../../adapters/embedded/archive/folder.ts';
import { restoreArchive, type RestoreOutcome } from '../../../adapters/embedded/archive/restoring.ts';
import { openArchiveSource, shrinkLog } from '../../../adapters/embedded/archive/source.ts';
import { type ArchiveVerdict, verifyArchive } from '../../../adapters/embedded/archive/verifying.ts';
import { type ArchiveOutcome, writeArchive } from '../../../adapters/embedded/archive/writing.ts';
import { dataFolder, lockDataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { personKeysPath } from '../../../adapters/embedded/keys/person-keys.ts';
import { projectionNames } from '../../projections/registry.ts';
import { readConfig } from '../read-config.ts';

export type { ArchiveVerdict };

/** How a command watches and stops its work. */
export interface Watching {
  readonly signal: AbortSignal;
  onProgress(position: number, last: number): void;
}

/** Adds to the archive in a folder what the log of the data folder holds and the archive does not. Returns the
 *  archive's path as well. DATA_MISSING if nothing was ever written, DATA_IN_USE if another process archives it,
 *  ARCHIVE_FOREIGN if the archive belongs to another log. */
export async function archiveLog(
  folder: string,
  watching: Watching,
): Promise<ArchiveOutcome & { readonly place: string }> {
  const { database, log, close } = await openArchiveSource((await readConfig()).data);
  try {
    const archive = openArchiveFolder(resolve(folder));
    return { ...(await writeArchive({ database, log, archive, ...watching })), place: archive.place };
  } finally {
    close();
  }
}

/** Returns the space of trimmed events to the disk, and the resulting size of the log in bytes. Undefined if another
 *  process holds the data folder. */
export async function shrinkTrimmedLog(): Promise<number | undefined> {
  return shrinkLog((await readConfig()).data);
}

/** Reads all of the archive in a folder. Rejects with ARCHIVE_DAMAGED if the manifest is missing or damaged; whatever
 *  else is wrong is in the verdict. */
export function verifyArchiveIn(folder: string, watching: Watching): Promise<ArchiveVerdict> {
  return verifyArchive({ archive: openArchiveFolder(resolve(folder)), ...watching });
}

export interface Restored {
  readonly outcome: RestoreOutcome;
  /** Whether the data folder has a store of person keys: an archive holds none. */
  readonly hasKeys: boolean;
}

/** Restores the log of the data folder from the archive in another one. DATA_NOT_EMPTY if the data folder holds
 *  anything, DATA_IN_USE if another process holds it, ARCHIVE_DAMAGED if the archive is not what its manifest says. */
export async function restoreFrom(archiveFolder: string, watching: Watching): Promise<Restored> {
  const { data } = await readConfig();
  const folder = lockDataFolder(data);
  try {
    const archive = openArchiveFolder(resolve(archiveFolder));
    const outcome = await restoreArchive({ folder, archive, projections: projectionNames, ...watching });
    return { outcome, hasKeys: existsSync(personKeysPath(dataFolder(data).log)) };
  } finally {
    folder.unlock();
  }
}
