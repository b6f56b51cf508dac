import { existsSync } from 'node:fs';
import type { DataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openProjectionProgress } from '../../../adapters/embedded/projection/progress.ts';
import type { ProjectionName } from '../../../ports/progress.ts';

export interface LiveStanding {
  readonly position: number;
  readonly version: number;
  readonly parked: number;
}

/** Reads the position of a live projection while another process may write it; undefined if its file is missing or unreadable,
 *  which may be the reason for a rebuild. */
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
