import { forEachProjection, readLivePointer } from '../../../adapters/embedded/projection/live-pointer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';

/** Whether a file that was about to become the live one of its projection has become it. */
export function isLive(folder: string, name: ProjectionName, file: string): boolean {
  return readLivePointer(folder)[name].live === file;
}

/** Names of the files that must stay whatever a rebuild's state says: what is live, and what was before. */
export function filesInUse(folder: string): ReadonlySet<string | undefined> {
  const pointer = readLivePointer(folder);
  return new Set(Object.values(forEachProjection((name) => [pointer[name].live, pointer[name].previous])).flat());
}
