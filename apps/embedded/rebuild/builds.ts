import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defined } from '../../../events/defined.ts';
import { unfinished } from '../../../adapters/embedded/build/file.ts';
import { isFigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogFacts } from '../../../schema-registry/catalog-facts.ts';
import type { LogLevel } from '../../config.ts';
import { inThread } from '../../threads/single-calls.ts';
import type { BuildListener, BuildProgress, BuildResult, BuildTask, BuildThread } from './build-thread.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';

export interface BuildOptions {
  /** What is built, and where the complete files go. */
  readonly projections: ReadonlyMap<ProjectionName, string>;
  readonly logPath: string;
  readonly archive?: string;
  readonly settings: ProjectionSettings;
  /** Events beyond this position are not read. */
  readonly upTo: number;
  readonly replayId: string;
  /** Events a second at most; asked several times a second. */
  readonly rate?: () => number;
  /** 'stop': rejects with REBUILD_STOPPED. 'park': a build parks nothing, so its projections are not built, and whoever asked
   *  for it goes the ordinary way. */
  readonly onError: 'stop' | 'park';
  readonly onProgress: (progress: BuildProgress) => void;
  /** Ends the build: it rejects with the signal's reason and leaves no file that is not complete. */
  readonly signal: AbortSignal;
  readonly logger?: { readonly level: LogLevel; readonly destination: 1 | 2 };
  /** About how much memory a thread may take before it writes what it has. */
  readonly budgetBytes?: number;
}

export type Builds = ReadonlyMap<ProjectionName, BuildResult>;

const MIB = 2 ** 20;
const BUDGET_BYTES = 200 * MIB;
// Beyond the estimate by which a build ends early, so that it is met by none. The young generation is large, because what
// a build reads is garbage at once and what it keeps would be copied again and again.
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 512 };
const NOT_BUILT: BuildResult = { position: 0, events: 0, feedEntries: 0 };

/** Builds projections from the log in threads of their own, in memory, and writes each as a whole file. The result says how far
 *  each has come: not to `upTo` if it became too large, and to 0 (then there is no file) if it cannot be built this way.
 *  From there on the ordinary way has to be gone. */
export async function startBuild(options: BuildOptions): Promise<Builds> {
  const abort = new AbortController();
  const signal = AbortSignal.any([options.signal, abort.signal]);
  const threads = groupsOf([...options.projections.keys()]).map((group) => runThread({ ...options, signal }, group));
  try {
    return new Map((await Promise.all(threads)).flatMap((results) => [...results]));
  } catch (error) {
    abort.abort(error);
    throw error;
  } finally {
    await Promise.allSettled(threads);
  }
}

/** Those that build alone have threads of their own, each of which reads the log once. */
function groupsOf(projections: readonly ProjectionName[]): ProjectionName[][] {
  if (availableParallelism() === 1) return [[...projections]];
  const buildsAlone = (name: ProjectionName) => projectionNamed(name).embedded.buildsAlone === true;
  const others = projections.filter((name) => !buildsAlone(name));
  return [...projections.filter(buildsAlone).map((name) => [name]), ...(others.length > 0 ? [others] : [])];
}

async function runThread(options: BuildOptions, group: readonly ProjectionName[]): Promise<Builds> {
  const { logPath, archive, settings, upTo, replayId, budgetBytes = BUDGET_BYTES } = options;
  const { logger = { level: 'info', destination: 2 }, onProgress, rate, signal } = options;
  const projections = new Map([...options.projections].filter(([name]) => group.includes(name)));
  const shared = { logPath, settings, upTo, replayId, budgetBytes, logger };
  const task: BuildTask = { ...shared, ...defined({ archive }), projections, facts: catalogFacts() };
  const methods: BuildListener = { progress: (progress) => progress.forEach(onProgress) };
  const thread = inThread<BuildThread>(new URL('./build-thread.ts', import.meta.url), {
    signal,
    methods,
    resourceLimits: RESOURCE_LIMITS,
    ...defined({ rate }),
  });
  try {
    const built = await thread.call('build', task);
    return new Map([...notBuilt(group), ...built]);
  } catch (error) {
    signal.throwIfAborted();
    const isParked = options.onError === 'park' && isFigtreeError(error, 'REBUILD_STOPPED');
    if (isOutOfMemory(error) || isParked) return notBuilt(group);
    throw error;
  } finally {
    for (const path of projections.values()) rmSync(unfinished(path), { force: true });
  }
}

function notBuilt(group: readonly ProjectionName[]): Builds {
  return new Map(group.map((name) => [name, NOT_BUILT]));
}

const isOutOfMemory = (error: unknown) =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
