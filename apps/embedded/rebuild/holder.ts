import { readLivePointer } from '../../../adapters/embedded/projection/live-pointer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNames } from '../../projections/registry.ts';

/** True if the file is the live one of its projection. */
export function isLive(folder: string, name: ProjectionName, file: string): boolean {
  return readLivePointer(folder).of(name).live === file;
}

/** Names of the live files and the previous ones, which must not be removed whatever a rebuild's state says. */
export function filesInUse(folder: string): ReadonlySet<string | undefined> {
  const pointer = readLivePointer(folder);
  return new Set(projectionNames.map((name) => pointer.of(name)).flatMap(({ live, previous }) => [live, previous]));
}
