import type { ProjectionName } from '../../../ports/progress.ts';
import type { DataFolder } from '../files/data-folder.ts';
import { openSqlite } from '../files/sqlite.ts';

/** The first position of the log that some projection still needs, and which projection that is. */
export interface NeededFrom {
  readonly position: number;
  readonly projection: ProjectionName;
  /** An event is parked there; otherwise the projection has not reached it yet. */
  readonly parked: boolean;
}

export function neededFrom(folder: DataFolder, names: readonly ProjectionName[]): NeededFrom {
  const [least] = names
    .map((projection) => ofProjection(projection, folder.projection(projection)))
    .toSorted((a, b) => a.position - b.position);
  if (least === undefined) throw new Error('there are no projections');
  return least;
}

// Read from its file, and not from its thread, because a crash returns it to what is committed.
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
