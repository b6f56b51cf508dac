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
  /** The projections to build, with the paths of their files. */
  readonly projections: ReadonlyMap<ProjectionName, string>;
  readonly logPath: string;
  readonly archive?: string;
  readonly settings: ProjectionSettings;
  /** Later events are not read. */
  readonly upTo: number;
  readonly replayId: string;
  /** The maximum number of events per second; read several times a second. */
  readonly rate?: () => number;
  /** If a consumer cannot handle an event, 'stop' rejects with REBUILD_STOPPED. 'park' builds nothing, because a build cannot park
   *  events; the caller then has to apply them to a file. */
  readonly onError: 'stop' | 'park';
  readonly onProgress: (progress: BuildProgress) => void;
  /** Stops the build, which then rejects with the signal's reason and leaves no incomplete file. */
  readonly signal: AbortSignal;
  readonly logger?: { readonly level: LogLevel; readonly destination: 1 | 2 };
  /** The approximate memory that a thread may use before it writes its files early. */
  readonly budgetBytes?: number;
}

export type Builds = ReadonlyMap<ProjectionName, BuildResult>;

const MIB = 2 ** 20;
const BUDGET_BYTES = 200 * MIB;
// Higher than the estimate at which a build ends early, so that no build exceeds it. The young generation is large, because events
// become garbage at once, and the retained data would be copied repeatedly in a small one.
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 512 };
const NOT_BUILT: BuildResult = { position: 0, events: 0, feedEntries: 0 };

/** Builds projections from the log in memory, in separate threads, and writes their complete files. The result has the position
 *  that each has reached: less than `upTo` if it became too large, and 0, without a file, if it cannot be built this way. Later events
 *  have to be applied to the file. */
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

/** Groups the projections by thread. Each thread reads the log once; a projection that builds alone has its own. */
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
