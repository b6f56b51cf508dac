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
// The longest that a writer may have to wait while a reader is in the way.
const TRY_MS = 50;

/** Removes deleted content from a projection's file, which otherwise remains in free pages, in unused parts of other
 *  pages, and where `tidying` (SQL of the projection) removes it. Rewrites the file; its writer waits meanwhile and
 *  then continues. */
export async function scrubProjection(path: string, tidying = ''): Promise<void> {
  await withFile(path, (database) => {
    database.exec(tidying);
    database.exec('VACUUM');
  });
}

/** Checkpoints and truncates a file's WAL, as soon as no reader uses older content. Each attempt locks the file, and
 *  runs within `locking`. */
export async function emptyWal(path: string, locking: Locking): Promise<void> {
  // Copied first without blocking others, so that little is left for the attempts.
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

/** Removes every version of the projections that is not live: previous versions, versions as of an earlier moment,
 *  leftovers of interrupted rebuilds, and the files of projections that the code no longer has. They contain what was
 *  erased from the live ones. No rebuild may run meanwhile. Returns their paths. */
export function removeOtherVersions(folder: string, names: readonly ProjectionName[]): string[] {
  const pointer = readLivePointer(folder);
  if (names.some((name) => pointer.of(name).previous !== undefined)) {
    // First, so that they can no longer become live.
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
