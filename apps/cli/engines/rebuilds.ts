import { dataFolder, isBuilt, requireLog } from '../../../adapters/embedded/files/data-folder.ts';
import type { ListedRebuild, RebuildRequest, SwapHolder } from '../../../engine/rebuild/rebuilds.ts';
import type { ProjectionEstimate, RebuildEstimate } from '../../embedded/rebuild/estimate.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { listRebuilds, type RunOptions, takeRebuild, type TakenRebuild } from '../../embedded/rebuild/rebuilds.ts';
import { readConfig } from '../read-config.ts';
import { withOperations } from './operations.ts';

export type { ProjectionEstimate, RebuildEstimate };

/** A rebuild of the data folder that this process has locked. */
export interface FolderRebuild extends Omit<TakenRebuild, 'run'> {
  /** Projections that had a live file before, which can be rolled back to. */
  readonly replaced: readonly ProjectionName[];
  /** Runs to the end. Resolves with false if the signal was aborted before. */
  run(watching: Pick<RunOptions, 'signal' | 'onProgress'>): Promise<boolean>;
}

/** Makes new files live: in the process that holds the folder, or in this one, meanwhile holding it, if no other
 *  does. */
export const folderHolder: SwapHolder = {
  swap: (request) => withOperations((operations) => operations.swap(request)),
  rollback: (request) => withOperations((operations) => operations.rollback(request)),
};

/** Locks a rebuild in the data folder: an interrupted one of the same kind, or a new one. REBUILD_RUNNING if another
 *  process rebuilds one of its projections. */
export async function takeFolderRebuild(request: RebuildRequest): Promise<FolderRebuild> {
  const settings = await readConfig();
  const taken = await takeRebuild(settings.data, request);
  const live = dataFolder(settings.data).projections(taken.state.projections.map(({ name }) => name));
  const replaced = [...live].flatMap(([name, file]) => (isBuilt(file) ? [name] : []));
  return { ...taken, replaced, run: (watching) => taken.run({ settings, holder: folderHolder, ...watching }) };
}

/** The estimated work of a rebuild; nothing is written. Rejects with REQUEST_INVALID for contradictory settings. */
export async function estimateFolderRebuild(request: RebuildRequest): Promise<RebuildEstimate> {
  const settings = await readConfig();
  const { estimateRebuild } = await import('../../embedded/rebuild/estimate.ts');
  return estimateRebuild(settings.data, request, settings);
}

/** Running, interrupted and finished rebuilds of the data folder, newest first. DATA_MISSING if it has no log. */
export async function listFolderRebuilds(): Promise<ListedRebuild[]> {
  const { data } = await readConfig();
  requireLog(data);
  return listRebuilds(data);
}
