import { readLivePointer } from '../../../adapters/embedded/projection/live-pointer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNames } from '../../projections/registry.ts';

/** Whether a file that was about to become the live one of its projection has become it. */
export function isLive(folder: string, name: ProjectionName, file: string): boolean {
  return readLivePointer(folder).of(name).live === file;
}

/** Names of the files that must stay whatever a rebuild's state says: what is live, and what was before. */
export function filesInUse(folder: string): ReadonlySet<string | undefined> {
  const pointer = readLivePointer(folder);
  return new Set(projectionNames.map((name) => pointer.of(name)).flatMap(({ live, previous }) => [live, previous]));
}
