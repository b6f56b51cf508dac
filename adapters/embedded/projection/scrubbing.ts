import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { constantBackoff } from '../../../resilience/backoff.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import { isVersionOf, readLivePointer, writeLivePointer } from './live-pointer.ts';
import { unregisteredFiles } from './unregistered.ts';
import { openSqlite, removeDatabase, storageError } from '../files/sqlite.ts';

const WAIT_MS = 30_000;
// For a reader that is in the way: as long a writer may have to wait.
const TRY_MS = 50;

/** Leaves in a projection's file nothing but what it says. What it no longer says may still stand there: in pages that are free,
 *  in the rest of pages that are not, and where `tidying` (SQL of its own) removes it. Then the file is written anew; its writer
 *  continues beside, and waits meanwhile. */
export async function scrubProjection(path: string, tidying = ''): Promise<void> {
  await withFile(path, (database) => {
    database.exec(tidying);
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
    const attempts = startAttempts({ ...constantBackoff(TRY_MS), withinMs: WAIT_MS });
    while ((await locking(() => truncate.get() as { busy: number })).busy !== 0) {
      if (await attempts.again()) continue;
      throw new FigtreeError('STORAGE_FAILED', `${path} is being read continuously`, { path });
    }
  } catch (error) {
    throw storageError(error, path);
  } finally {
    database.close();
  }
}

/** Removes every version of the projections that is not live: those that are kept to go back to, those of an earlier moment,
 *  what an interrupted rebuild has left, and the files of projections that the code no longer has. They contain what the
 *  live ones have forgotten. No rebuild may run meanwhile. Returns their paths. */
export function removeOtherVersions(folder: string, names: readonly ProjectionName[]): string[] {
  const pointer = readLivePointer(folder);
  if (names.some((name) => pointer.of(name).previous !== undefined)) {
    // First of all, they can no longer become live.
    const live = names.map((name) => {
      const { previous: _, ...version } = pointer.of(name);
      return [name, version] as const;
    });
    writeLivePointer(folder, pointer.with(live));
  }
  const files = readdirSync(folder);
  const others = names.flatMap((name) =>
    files.filter((file) => isOfProjection(name, file) && file !== pointer.of(name).live),
  );
  const paths = [...others, ...unregisteredFiles(folder, names)].map((file) => join(folder, file));
  for (const path of paths) removeDatabase(path);
  return paths;
}

function isOfProjection(name: ProjectionName, file: string): boolean {
  return isVersionOf(name, file.replace(/\.part$/, ''));
}
