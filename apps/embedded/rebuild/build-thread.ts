import { setTimeout as sleep } from 'node:timers/promises';
import { isHandlerFailure } from '../../../consumers/runtime/handler-failure.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { foldLog } from '../../../replay/fold-log.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { LogLevel } from '../../config.ts';
import { openLogger } from '../../log-lines.ts';
import { giveWay, joinHost } from '../../threads/joining.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { BuiltProjection, ProjectionSettings } from '../projection.ts';
import { openThreadReading, type ReplayedLog } from '../thread-reading.ts';
import { rebuildFailure } from './failure.ts';

/** What a thread is to build. */
export interface BuildTask extends ReplayedLog {
  /** What is built, and where the complete files go. */
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
  /** What the file has applied; 0 if there is no file. */
  readonly position: number;
  readonly events: number;
  readonly feedEntries: number;
}

export type BuildListener = { progress(progress: readonly BuildProgress[]): void };

// Whoever builds has time: it gives way to all that answers somebody.
giveWay(10);
const host = joinHost<BuildListener>();

const PROGRESS_MS = 100;
// What is in memory alone is lost with the process, and a reader that was told to go slowly may take hours. Then the file is
// written where the build stands, and what follows goes on from its checkpoint.
const READING_MS_MAX = 60_000;

const methods = { build };
host.serve(methods);

export type BuildThread = typeof methods;

/** Resolves with those that are written. Rejects with REBUILD_STOPPED if a consumer could not handle an event. */
async function build(data: BuildTask): Promise<ReadonlyMap<ProjectionName, BuildResult>> {
  const built = await openBuilds(data);
  const results = new Map<ProjectionName, BuildResult>();
  if (built.length === 0) return results;
  const { facts } = data;
  const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames }).child('build');
  const { log, upcasters, personal } = openThreadReading({ ...data, lean: true });
  const startedMs = performance.now();
  const keepToRate = rateKeeper();
  const tell = teller();
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
        tell(built.map(({ name: projection }) => ({ projection, ...folded, phase: 'reading' })));
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
    // While the log is open: an event reads what is asked of it from there.
    throw rebuildFailure(error, failed?.name, facts.personalPaths);
  } finally {
    await log.close();
  }
}

function consumerOf(error: unknown): string | undefined {
  return isHandlerFailure(error) ? error.consumer : undefined;
}

/** Those that can be held in memory. The others are made event by event, by what follows a build. */
async function openBuilds(data: BuildTask): Promise<(BuiltProjection & { name: ProjectionName; path: string })[]> {
  const opened = [...data.projections].map(async ([name, path]) => {
    const projection = await projectionNamed(name).embedded.load();
    const built = projection.build?.(data.settings);
    return built === undefined ? [] : [{ name, path, ...built }];
  });
  return (await Promise.all(opened)).flat();
}

function teller(): (progress: readonly BuildProgress[]) => void {
  let toldMs = performance.now();
  return (progress) => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    host.tell('progress', progress);
  };
}

/** Waits as long as the events since the last call should have taken. */
function rateKeeper(): (events: number) => Promise<void> | undefined {
  let lastMs = performance.now();
  let lastEvents = 0;
  return (events) => {
    const nowMs = performance.now();
    const dueMs = lastMs + ((events - lastEvents) / host.control.rate()) * 1000;
    lastEvents = events;
    lastMs = Math.max(nowMs, dueMs);
    return dueMs > nowMs + 1 ? sleep(dueMs - nowMs) : undefined;
  };
}
