import { existsSync } from 'node:fs';
import type { DataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../../adapters/embedded/projection/progress.ts';
import type { ProjectionName } from '../../../ports/progress.ts';

export interface LiveStanding {
  readonly position: number;
  readonly version: number;
  readonly parked: number;
}

/** Where a live projection stands, read beside whoever writes it; undefined if its file is missing or cannot be read, which
 *  may be why it is rebuilt. */
export function liveStanding(folder: DataFolder, name: ProjectionName): LiveStanding | undefined {
  const path = folder.projection(name);
  if (!existsSync(path)) return undefined;
  try {
    const reader = openProjectionProgress(path);
    try {
      return reader.progress();
    } finally {
      reader.close();
    }
  } catch {
    return undefined;
  }
}
