import { isHandlerFailure } from '../../../consumers/runtime/handler-failure.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { pause } from '../../../resilience/clock.ts';
import { foldLog } from '../../../replay/fold-log.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { LogLevel } from '../../config.ts';
import { openLogger } from '../../log-lines.ts';
import { giveWay, joinHost } from '../../threads/joining.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { BuiltProjection, ProjectionSettings } from '../projection.ts';
import { openThreadReading, type ReplayedLog } from '../thread-reading.ts';
import { rebuildFailure } from './failure.ts';

/** Input of a build thread. */
export interface BuildTask extends ReplayedLog {
  /** The projections to build, with the paths of their files. */
  readonly projections: ReadonlyMap<ProjectionName, string>;
  readonly settings: ProjectionSettings;
  readonly upTo: number;
  readonly replayId: string;
  readonly budgetBytes: number;
  readonly facts: CatalogFacts;
  readonly logger: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

export interface BuildProgress {
  readonly projection: ProjectionName;
  readonly position: number;
  readonly events: number;
  readonly phase: 'reading' | 'writing';
}

export interface BuildResult {
  /** The position up to which the file has applied the log; 0 if there is no file. */
  readonly position: number;
  readonly events: number;
  readonly feedEntries: number;
}

export type BuildListener = { progress(progress: readonly BuildProgress[]): void };

// A build is not urgent, so it yields to the threads that serve requests.
giveWay(10);
const host = joinHost<BuildListener>();

const PROGRESS_MS = 100;
// A build in memory is lost with the process, and at a low rate it may take hours. After this time the file is written as it is,
// and catching up continues from its checkpoint.
const READING_MS_MAX = 60_000;

const methods = { build };
host.serve(methods);

export type BuildThread = typeof methods;

/** Resolves with the projections whose files are written. Rejects with REBUILD_STOPPED if a consumer cannot handle an event. */
async function build(data: BuildTask): Promise<ReadonlyMap<ProjectionName, BuildResult>> {
  const built = await openBuilds(data);
  const results = new Map<ProjectionName, BuildResult>();
  if (built.length === 0) return results;
  const { facts } = data;
  const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames }).child('build');
  const { log, upcasters, personal } = openThreadReading({ ...data, lean: true });
  const startedMs = performance.now();
  const keepToRate = rateKeeper();
  const report = throttledReport();
  try {
    const { position, events } = await foldLog({
      consumers: built.flatMap(({ consumers }) => consumers),
      log,
      upcasters,
      logger,
      personal,
      replayId: data.replayId,
      upTo: data.upTo,
      isFull: () =>
        performance.now() - startedMs > READING_MS_MAX ||
        built.reduce((bytes, one) => bytes + one.build.bytes(), 0) > data.budgetBytes,
      onPage(folded) {
        report(built.map(({ name: projection }) => ({ projection, ...folded, phase: 'reading' })));
        return keepToRate(folded.events);
      },
    });
    for (const { name, path, build: projection } of built) {
      host.tell('progress', [{ projection: name, position, events, phase: 'writing' }]);
      projection.write(path, position);
      results.set(name, { position, events, feedEntries: projection.feedEntries() });
    }
    return results;
  } catch (error) {
    const failed = built.find(({ consumers }) => consumers.some(({ name }) => name === consumerOf(error)));
    // Before the log is closed, because lean events read their fields from it.
    throw rebuildFailure(error, failed?.name, facts.personalPaths);
  } finally {
    await log.close();
  }
}

function consumerOf(error: unknown): string | undefined {
  return isHandlerFailure(error) ? error.consumer : undefined;
}

/** Opens the projections that can be built in memory. The others are built event by event by catching up. */
async function openBuilds(data: BuildTask): Promise<(BuiltProjection & { name: ProjectionName; path: string })[]> {
  const opened = [...data.projections].map(async ([name, path]) => {
    const projection = await projectionNamed(name).embedded.load();
    const built = projection.build?.(data.settings);
    return built === undefined ? [] : [{ name, path, ...built }];
  });
  return (await Promise.all(opened)).flat();
}

function throttledReport(): (progress: readonly BuildProgress[]) => void {
  let reportedAtMs = performance.now();
  return (progress) => {
    if (performance.now() - reportedAtMs < PROGRESS_MS) return;
    reportedAtMs = performance.now();
    host.tell('progress', progress);
  };
}

/** Returns the function that waits until the events since its last call conform to the rate. */
function rateKeeper(): (events: number) => Promise<void> | undefined {
  let lastMs = performance.now();
  let lastEvents = 0;
  return (events) => {
    const nowMs = performance.now();
    const dueMs = lastMs + ((events - lastEvents) / host.control.rate()) * 1000;
    lastEvents = events;
    lastMs = Math.max(nowMs, dueMs);
    return dueMs > nowMs + 1 ? pause(dueMs - nowMs) : undefined;
  };
}
