import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { ProjectionName } from '../../../ports/progress.ts';
import { foldLog } from '../../../replay/fold-log.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { LogLevel } from '../../config.ts';
import { openLogger } from '../../log-lines.ts';
import { type SentFailure, sentFailure } from './build-failures.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { BuiltProjection, ProjectionSettings } from '../projection.ts';
import { openThreadReading, type ReplayedLog } from '../threads/reading.ts';

/** What a thread that builds projections is started with. */
export interface BuildThreadData extends ReplayedLog {
  /** What is built, and where the complete files go. */
  readonly projections: ReadonlyMap<ProjectionName, string>;
  readonly settings: ProjectionSettings;
  readonly upTo: number;
  readonly replayId: string;
  /** One number: how many events a second may be read. */
  readonly rate: SharedArrayBuffer;
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

export type BuildMessage =
  | { readonly kind: 'progress'; readonly progress: readonly BuildProgress[] }
  | { readonly kind: 'built'; readonly projection: ProjectionName; readonly result: BuildResult }
  | { readonly kind: 'failed'; readonly failure: SentFailure };

const data = workerData as BuildThreadData;
const port = parentPort;
if (port === null) throw new Error('build-thread.ts runs as a worker thread only');
const post = (message: BuildMessage) => port.postMessage(message);

// Whoever builds has time: it gives way to all that answers somebody. Linux alone keeps this per thread; elsewhere it
// would be the whole process's.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(NICENESS);

const PROGRESS_MS = 100;
// What is in memory alone is lost with the process, and a reader that was told to go slowly may take hours. Then the file is
// written where the build stands, and what follows goes on from its checkpoint.
const READING_MS_MAX = 60_000;

await build();
port.close();

async function build(): Promise<void> {
  const built = await openBuilds();
  if (built.length === 0) return;
  const { facts } = data;
  const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames }).child('build');
  const { log, upcasters, personal } = openThreadReading({ ...data, lean: true });
  const startedMs = performance.now();
  const keepToRate = rateKeeper(new Float64Array(data.rate));
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
      post({ kind: 'progress', progress: [{ projection: name, position, events, phase: 'writing' }] });
      projection.write(path, position);
      const feedEntries = projection.feedEntries();
      post({ kind: 'built', projection: name, result: { position, events, feedEntries } });
    }
  } catch (error) {
    // While the log is open: an event reads what is asked of it from there.
    post({ kind: 'failed', failure: sentFailure(error) });
  } finally {
    await log.close();
  }
}

/** Those that can be held in memory. The others are made event by event, by what follows a build. */
async function openBuilds(): Promise<(BuiltProjection & { name: ProjectionName; path: string })[]> {
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
    post({ kind: 'progress', progress });
  };
}

/** Waits as long as the events since the last call should have taken. */
function rateKeeper(shared: Float64Array): (events: number) => Promise<void> | undefined {
  let lastMs = performance.now();
  let lastEvents = 0;
  return (events) => {
    const rate = shared[0] ?? Infinity;
    const nowMs = performance.now();
    const dueMs = lastMs + ((events - lastEvents) / rate) * 1000;
    lastEvents = events;
    lastMs = Math.max(nowMs, dueMs);
    return dueMs > nowMs + 1 ? sleep(dueMs - nowMs) : undefined;
  };
}
