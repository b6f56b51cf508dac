import { dataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openSqliteEventLogReader } from '../../../adapters/embedded/log/event-log-reader.ts';
import type { ListedRebuild, RebuildProgress, RebuildRequest, SwapHolder } from '../../../engine/rebuild/rebuilds.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { createReplayPace } from '../../../engine/rebuild/pace.ts';
import { runRebuild } from '../../../engine/rebuild/run.ts';
import {
  isSameRebuild,
  type ProjectionRebuild,
  type RebuildOptions,
  type RebuildState,
  supersedes,
} from '../../../engine/rebuild/state.ts';
import { createSpeed, type Speed } from '../../../engine/rebuild/speed.ts';
import { liveStanding } from '../live/live-standing.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import { openRebuildFiles, type RebuildFiles } from './files.ts';
import { rebuildSteps } from './stages.ts';
import { rebuildParts } from './steps.ts';
import { checkedOptions } from './request.ts';
import { filesInUse } from './holder.ts';

/** A rebuild that this process has locked: a new one, or an interrupted one. */
export interface TakenRebuild {
  readonly state: RebuildState;
  readonly resumed: boolean;
  /** Ids of interrupted rebuilds that can no longer go live and have been deleted. */
  readonly superseded: readonly string[];
  /** Runs to the end. Resolves with false if the signal was aborted before. */
  run(options: RunOptions): Promise<boolean>;
  /** Has to be called once the end is reported: from then on, the same command starts a new rebuild. */
  finish(): void;
  /** Releases the locks of its projections. */
  release(): void;
}

export interface RunOptions {
  readonly settings: ProjectionSettings;
  readonly holder: SwapHolder;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RebuildProgress) => void;
}

// The number of finished rebuilds that stay listed.
const DONE_KEPT = 50;

/** Locks a rebuild for this process: an interrupted one of the same kind, or a new one. REBUILD_RUNNING if another process rebuilds
 *  one of its projections. */
export async function takeRebuild(folder: string, request: RebuildRequest): Promise<TakenRebuild> {
  const options = await checkedOptions(folder, request);
  const files = openRebuildFiles(folder);
  const release = files.lock(request.projections);
  try {
    const begun = newRebuild(request.projections, options);
    const same = files.states().find((state) => state.finishedAt === undefined && isSameRebuild(state, begun));
    const usable = same !== undefined && !request.restart && isCurrent(same) && isResumable(same, folder, files);
    if (same !== undefined && !usable) files.forget(same);
    const state = usable ? resumed(same, options, folder) : begun;
    // The file of a past position may exist already, built by other code or from another log.
    if (!usable) for (const { file } of begun.projections) files.removeFile(file);
    const others = files.states().filter((other) => other.id !== state.id && supersedes(state, other));
    for (const other of others) files.forget(other);
    for (const old of files
      .states()
      .filter(({ finishedAt }) => finishedAt !== undefined)
      .slice(DONE_KEPT))
      files.forget(old);
    alignWithFiles(state, files);
    return {
      state,
      resumed: usable,
      superseded: others.map(({ id }) => id),
      run: (running) => run({ folder, files, state, ...running }),
      finish() {
        state.finishedAt = new Date().toISOString();
        files.save(state);
      },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

function newRebuild(names: readonly ProjectionName[], options: RebuildOptions): RebuildState {
  const now = new Date();
  const id = now.toISOString().replaceAll(/[-:.]/g, '');
  const { until } = options;
  const made = names.map((name): ProjectionRebuild => {
    const file = until === undefined ? `${name}-${id}.db` : `${name}-at-${until}.db`;
    return {
      name,
      file,
      version: projectionNamed(name).embedded.version,
      stage: 'build',
      position: 0,
      target: 0,
      parked: 0,
    };
  });
  return { id, options, stage: 'building', projections: made, startedAt: now.toISOString(), seconds: 0 };
}

/** False if the files have another version than the code. */
function isCurrent(state: RebuildState): boolean {
  return state.projections.every(({ name, version }) => projectionNamed(name).embedded.version === version);
}

/** False if a server that has started meanwhile uses the incomplete rebuild's files and writes them itself, or if files that were
 *  ready for the swap are missing. */
function isResumable({ stage, projections: rebuilt }: RebuildState, folder: string, files: RebuildFiles): boolean {
  if (stage === 'swapping') return rebuilt.every(({ file }) => files.isThere(file));
  const inUse = filesInUse(folder);
  return stage !== 'building' || !rebuilt.some(({ file }) => inUse.has(file));
}

/** Applies the current options. Files that were ready for the swap have to pass a changed gate first. */
function resumed(state: RebuildState, options: RebuildOptions, folder: string): RebuildState {
  const { stage, projections: rebuilt } = state;
  const passed = JSON.stringify(options.gate) === JSON.stringify(state.options.gate);
  if (stage !== 'swapping' || options.gate === undefined || passed) return { ...state, options };
  const inUse = filesInUse(folder);
  return rebuilt.some(({ file }) => inUse.has(file)) ? { ...state, options } : { ...state, options, stage: 'building' };
}

/** Corrects the stages by the files: the process may have died after it wrote a file and before it saved the state. */
function alignWithFiles(state: RebuildState, files: RebuildFiles): void {
  if (state.stage !== 'building') return;
  for (const projection of state.projections) {
    if (!files.isThere(projection.file)) projection.stage = 'build';
    else if (projection.stage === 'build') projection.stage = 'catch-up';
    if (projection.stage === 'build') files.removeFile(projection.file);
    if (projection.stage === 'verify') projection.stage = 'catch-up';
  }
}

interface Running extends RunOptions {
  readonly folder: string;
  readonly files: RebuildFiles;
  readonly state: RebuildState;
}

const POLL_LAG_MS = 250;

async function run({ folder, files, state, settings, holder, signal, onProgress }: Running): Promise<boolean> {
  const pace = createReplayPace(state.options.rate);
  const speeds = new Map(state.projections.map(({ name }) => [name, createSpeed()]));
  const report = (projection: ProjectionRebuild) =>
    onProgress(progressOf(projection, state, speeds.get(projection.name)));
  const byName = new Map(state.projections.map((projection) => [projection.name, projection]));
  const lag = pollLag(folder, state, (seen) => {
    const eventsPerSecond = Math.max(...[...speeds.values()].map((speed) => speed.perSecond()));
    pace.observe({ ...seen, eventsPerSecond });
  });
  const parts = rebuildParts(
    {
      folder,
      files,
      settings,
      holder,
      signal,
      rate: pace.rate,
      onPosition(name, position) {
        const projection = byName.get(name);
        if (projection === undefined) return;
        projection.position = position;
        speeds.get(name)?.reached(position);
        report(projection);
      },
    },
    state,
  );
  const save = () => {
    files.save(state);
    state.projections.forEach(report);
  };
  try {
    return await runRebuild(state, {
      ends: ['swapped', 'built'],
      steps: (running) => rebuildSteps(state, parts, running),
      save,
      signal,
    });
  } finally {
    await lag.close();
  }
}

function progressOf(projection: ProjectionRebuild, state: RebuildState, speed?: Speed): RebuildProgress {
  const { name, position, target, stage } = projection;
  const etaSeconds = speed?.secondsTo(target);
  return {
    stage: state.stage === 'building' ? stage : state.stage,
    projection: name,
    position,
    target,
    eventsPerSecond: Math.round(speed?.perSecond() ?? 0),
    ...(etaSeconds !== undefined && { etaSeconds: Math.round(etaSeconds * 10) / 10 }),
  };
}

type Lag = { readonly head: number; readonly live: readonly number[] };

function pollLag(folder: string, state: RebuildState, onLag: (seen: Lag) => void): { close(): Promise<void> } {
  const data = dataFolder(folder);
  const log = openSqliteEventLogReader(data.log);
  const names = state.projections.map(({ name }) => name);
  let polling = Promise.resolve();
  const timer = setInterval(() => {
    polling = log
      .head()
      .then((head) => onLag({ head, live: names.map((name) => liveStanding(data, name)?.position ?? 0) }));
    polling.catch(() => {});
  }, POLL_LAG_MS);
  return {
    async close() {
      clearInterval(timer);
      await polling.catch(() => {});
      await log.close();
    },
  };
}

/** Lists all rebuilds, newest first. */
export function listRebuilds(folder: string): ListedRebuild[] {
  const files = openRebuildFiles(folder);
  // A projection has at most one running rebuild: its newest unfinished one.
  const claimed = new Set<ProjectionName>();
  return files.states().map((state) => {
    const [first] = state.projections;
    if (first === undefined || state.finishedAt !== undefined || claimed.has(first.name)) return state;
    const running = files.runningIn(first.name);
    if (running === undefined) return state;
    for (const { name } of state.projections) claimed.add(name);
    return { ...state, runningIn: running.pid ?? 0 };
  });
}

/** Deletes an interrupted or finished rebuild. NOT_FOUND if there is none with this id, REBUILD_RUNNING while a process runs it. */
export function forgetRebuild(folder: string, id: string): 'cancelled' | 'done' {
  const files = openRebuildFiles(folder);
  const state = files.states().find((each) => each.id === id);
  if (state === undefined) throw new FigtreeError('NOT_FOUND', `there is no rebuild ${id}`);
  const release = files.lock(state.finishedAt === undefined ? state.projections.map(({ name }) => name) : []);
  try {
    files.forget(state);
    return state.finishedAt === undefined ? 'cancelled' : 'done';
  } finally {
    release();
  }
}
