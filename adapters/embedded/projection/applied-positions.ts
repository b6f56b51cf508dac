import type { ProjectionName } from '../../../ports/progress.ts';
import type { DataFolder } from '../files/data-folder.ts';
import { openSqlite } from '../files/sqlite.ts';

/** The first position that some projection still needs of the log, and which one it is that does. */
export interface NeededFrom {
  readonly position: number;
  readonly projection: ProjectionName;
  /** An event waits there because it could not be handled; otherwise the projection has not come so far. */
  readonly parked: boolean;
}

export function neededFrom(folder: DataFolder, names: readonly ProjectionName[]): NeededFrom {
  const [least] = names
    .map((projection) => ofProjection(projection, folder.projection(projection)))
    .toSorted((a, b) => a.position - b.position);
  if (least === undefined) throw new Error('there are no projections');
  return least;
}

// From what is committed in its file, and not from what its thread says: this is what it begins at after a crash.
function ofProjection(projection: ProjectionName, path: string): NeededFrom {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 0 });
  try {
    const { position, parked } = database
      .prepare('SELECT position, (SELECT min(position) FROM figtree_parked) AS parked FROM figtree_progress')
      .get() as { position: number; parked: number | null };
    if (parked !== null && parked <= position) return { projection, position: parked, parked: true };
    return { projection, position: position + 1, parked: false };
  } finally {
    database.close();
  }
}
