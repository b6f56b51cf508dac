import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectionName } from '../../../ports/progress.ts';
import { openSqlite } from '../files/sqlite.ts';
import { isVersionOf } from './live-pointer.ts';

/** Names of the files in a data folder that belong to a projection that is no longer in the code. */
export function unregisteredFiles(folder: string, names: readonly ProjectionName[]): string[] {
  return readdirSync(folder).filter((file) => {
    const registered = names.some((name) => isVersionOf(name, file));
    return file.endsWith('.db') && !registered && isProjectionFile(join(folder, file));
  });
}

function isProjectionFile(path: string): boolean {
  try {
    const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 0 });
    try {
      return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'figtree_progress'").get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    // An unreadable file is no projection's.
    return false;
  }
}
