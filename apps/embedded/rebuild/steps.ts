import { type DataFolder, dataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openSqliteEventLogReader } from '../../../adapters/embedded/log/event-log-reader.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { ProjectionRebuild, RebuildState } from '../../../engine/rebuild/state.ts';
import type { Verified } from '../../../engine/rebuild/verification.ts';
import { constantBackoff } from '../../../resilience/backoff.ts';
import { retry } from '../../../resilience/retry.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import { startBuild } from './builds.ts';
import { liveStanding } from '../live/live-standing.ts';
import { comparedAt } from '../../parity/gate.ts';
import { comparePath } from '../parity/parity.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import type { RebuildFiles } from './files.ts';
import { isLive } from './holder.ts';
import type { SwapHolder } from '../../../engine/rebuild/rebuilds.ts';
import type { BuiltFile, RebuildParts } from './stages.ts';
import { runAudit, runCatchUp } from './tasks.ts';
import type { ReplayedLog } from '../thread-reading.ts';

export interface PartsOptions {
  readonly folder: string;
  readonly files: RebuildFiles;
  readonly settings: ProjectionSettings;
  readonly holder: SwapHolder;
  readonly rate: () => number;
  readonly signal: AbortSignal;
  readonly onPosition: (name: ProjectionName, position: number) => void;
}

/** The parts of a rebuild in a data folder: threads that read its log and write new files beside the live ones. */
export function rebuildParts(options: PartsOptions, state: RebuildState): RebuildParts {
  const { files, rate, signal, onPosition } = options;
  // Only these two go to threads, whatever else the settings contain.
  const { feedLength, celebrityFollowers } = options.settings;
  const settings: ProjectionSettings = { feedLength, celebrityFollowers };
  const { until, onError, archive } = state.options;
  const folder = dataFolder(options.folder);
  const replayed: ReplayedLog = {
    logPath: folder.log,
    ...defined({ archive }),
  };

  async function build(
    names: readonly ProjectionName[],
    upTo: number,
  ): Promise<ReadonlyMap<ProjectionName, BuiltFile>> {
    const wanted = state.projections.filter(({ name }) => names.includes(name));
    for (const { file } of wanted) files.removeFile(file);
    const building = startBuild({
      projections: new Map(wanted.map(({ name, file }) => [name, files.path(file)])),
      ...replayed,
      settings,
      upTo,
      replayId: state.id,
      rate,
      onError,
      onProgress: ({ projection, position }) => onPosition(projection, position),
      signal,
    });
    const built = await building.catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (built === undefined) return new Map();
    // At 0 there is no file: catching up creates it.
    return new Map([...built].map(([name, { position }]) => [name, { position, parked: 0 }]));
  }

  async function catchUp({ name, file, target }: ProjectionRebuild): Promise<BuiltFile> {
    const task = { name, settings, onError, facts: catalogFacts(), upTo: target };
    const { position, parked } = await runCatchUp(
      { ...task, ...replayed, path: files.path(file), replayId: state.id },
      { signal, rate, onPosition: (at) => onPosition(name, at) },
    );
    return { position, parked };
  }

  return {
    build,
    target: async (name) => until ?? (await liveTarget(folder, name)),
    catchUp,
    verify: (projection) => verify(projection, { folder, path: files.path(projection.file) }),
    async compare({ name, file }, { percent, ...asked }) {
      const path = files.path(file);
      const report = await comparePath({ ...asked, projection: name, path, logPath: folder.log, feedLength, signal });
      return comparedAt(percent, report);
    },
    async swap() {
      const waiting = state.projections.filter(({ name, file }) => !isLive(options.folder, name, file));
      if (waiting.length === 0) return new Map();
      const named = Object.fromEntries(waiting.map(({ name, file }) => [name, file]));
      const swapped = await retryWhileBusy(() => options.holder.swap({ id: state.id, files: named }), signal);
      return new Map(Object.entries(swapped).map(([name, { position }]) => [name, position]));
    },
    signal,
  };
}

const SWAP_RETRY = { ...constantBackoff(100), withinMs: 30_000 };
// SHUTTING_DOWN comes from a command that held the folder for its own swap.
const BUSY = ['SWAP_RUNNING', 'DATA_IN_USE', 'SHUTTING_DOWN'] as const;

/** Retries while another swap runs or a command holds the folder, so that a long rebuild does not fail in its last step. */
function retryWhileBusy<Result>(swap: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return retry(swap, SWAP_RETRY, {
    isTransient(error) {
      if (!BUSY.some((code) => isFigtreeError(error, code))) return false;
      if (signal.aborted) throw new FigtreeError('SHUTTING_DOWN', 'nothing was swapped', { cause: error });
      return true;
    },
  });
}

// A new version may be ahead of the live one at the swap.
const FAR_POSITIONS = 2000;

/** The position of the live projection; the end of the log if that is far ahead, because the live projection may be stuck, which
 *  may be the reason for the rebuild. */
async function liveTarget(folder: DataFolder, name: ProjectionName): Promise<number> {
  const log = openSqliteEventLogReader(folder.log);
  try {
    const end = await log.head();
    const live = liveStanding(folder, name);
    if (live?.version !== projectionNamed(name).embedded.version || live.position === 0) return end;
    if (live.position < end - FAR_POSITIONS) return end;
    return Math.min(end, live.position);
  } finally {
    await log.close();
  }
}

interface VerifiedFile {
  readonly folder: DataFolder;
  readonly path: string;
}

async function verify(projection: ProjectionRebuild, { folder, path: newPath }: VerifiedFile): Promise<Verified> {
  const { name, version, position, parked } = projection;
  const live = liveStanding(folder, name);
  const comparable = live?.version === version && live.position === position && live.parked + parked === 0;
  const task = { name, path: newPath, ...(comparable && { live: folder.projection(name) }) };
  const { found, live: beside } = await runAudit(task);
  const { counts, broken, digest } = found;
  const sameMoment = beside?.position === found.position && beside.parked === 0;
  return {
    counts,
    broken,
    digest,
    live: !sameMoment
      ? 'not comparable'
      : beside.digest === digest && beside.broken.length === 0
        ? 'equal'
        : 'different',
  };
}
