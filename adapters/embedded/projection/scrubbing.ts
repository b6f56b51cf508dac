import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FigtreeError } from '../../../events/errors.ts';
import { type ProjectionName, projectionNames } from '../../../ports/progress.ts';
import { forEachProjection, isVersionOf, readLivePointer, writeLivePointer } from './live-pointer.ts';
import { openSqlite, removeDatabase, storageError } from '../files/sqlite.ts';

// What a projection no longer says may still stand in its file: in pages that are free, in the rest of pages that are not, in
// words of deleted yubls that FTS5 takes out only when it merges. Each file is put in order and then written anew.
const PUT_IN_ORDER: Readonly<Record<ProjectionName, string>> = {
  // Files of earlier releases kept the text of what nobody may see.
  feed: 'UPDATE yubl SET item = NULL WHERE hidden = 1 AND item IS NOT NULL',
  relationships: '',
  search: "INSERT INTO yubl_words (yubl_words) VALUES ('optimize')",
};

const WAIT_MS = 30_000;
// For a reader that is in the way: as long a writer may have to wait.
const TRY_MS = 50;

/** Leaves in a projection's file nothing but what it says. Its writer goes on beside, and waits while the file is written. */
export async function scrubProjection(name: ProjectionName, path: string): Promise<void> {
  await withFile(path, (database) => {
    database.exec(PUT_IN_ORDER[name]);
    database.exec('VACUUM');
  });
}

/** Copies a file's WAL back and cuts it to nothing, as soon as nobody reads what is older. Each try keeps the file locked, and
 *  is made by `locking`. */
export async function emptyWal(path: string, locking: Locking): Promise<void> {
  // Copied without making anybody wait, so that little is left for the tries.
  await withFile(path, (database) => database.exec('PRAGMA wal_checkpoint(PASSIVE)'), locking);
}

type Locking = <Result>(work: () => Result) => Promise<Result>;

const withoutPause: Locking = async (work) => work();

async function withFile(
  path: string,
  work: (database: ReturnType<typeof openSqlite>) => void,
  locking: Locking = withoutPause,
): Promise<void> {
  const database = openSqlite(path, { synchronous: 'FULL', cacheMiB: 16, autocheckpointMiB: 0 });
  try {
    database.exec(`PRAGMA busy_timeout = ${WAIT_MS}; PRAGMA secure_delete = ON`);
    work(database);
    database.exec(`PRAGMA busy_timeout = ${TRY_MS}`);
    const truncate = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
    const until = Date.now() + WAIT_MS;
    while ((await locking(() => truncate.get() as { busy: number })).busy !== 0) {
      if (Date.now() > until) throw new FigtreeError('STORAGE_FAILED', `${path} is being read continuously`, { path });
      await sleep(50);
    }
  } catch (error) {
    throw storageError(error, path);
  } finally {
    database.close();
  }
}

/** Removes every version of a projection that is not live: those that are kept to go back to, those of an earlier moment, and
 *  what an interrupted rebuild has left. They know what the live ones have forgotten. No rebuild may run meanwhile. Gives their
 *  paths. */
export function removeOtherVersions(folder: string): string[] {
  const pointer = readLivePointer(folder);
  if (Object.values(pointer).some(({ previous }) => previous !== undefined)) {
    // First nobody is sent there any more.
    writeLivePointer(
      folder,
      forEachProjection((name) => {
        const { previous: _, ...version } = pointer[name];
        return version;
      }),
    );
  }
  const files = readdirSync(folder);
  const others = projectionNames.flatMap((name) =>
    files.filter((file) => isOfProjection(name, file) && file !== pointer[name].live),
  );
  const paths = others.map((file) => join(folder, file));
  for (const path of paths) removeDatabase(path);
  return paths;
}

function isOfProjection(name: ProjectionName, file: string): boolean {
  return isVersionOf(name, file.replace(/\.part$/, ''));
}
