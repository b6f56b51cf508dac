import { renameSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { dataOpening } from '../../adapters/embedded/sealed-data.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { personalWords } from '../../consumers/runtime/personal-words.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { isFigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { CatalogFacts } from '../../schema-registry/event-facts.ts';
import { lazyUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import { openLogger } from '../log-lines.ts';
import { projections, type ProjectionSettings } from './projections.ts';
import { joinRebuildControl } from './rebuild-control.ts';
import { rebuildFailure } from './rebuild-failure.ts';
import { type LogWithArchiveOptions, openLogWithArchive } from '../../adapters/embedded/log-with-archive.ts';

/** Applies the log to a whole file of a projection, up to a position. */
export interface CatchUpTask extends Pick<LogWithArchiveOptions, 'logPath' | 'archive'> {
  readonly kind: 'catch-up';
  readonly name: ProjectionName;
  readonly path: string;
  readonly settings: ProjectionSettings;
  readonly facts: CatalogFacts;
  readonly upTo: number;
  readonly replayId: string;
  readonly onError: 'stop' | 'park';
  /** What the file is called once the task is done. */
  readonly rename?: string;
}

export interface CaughtUp {
  readonly position: number;
  readonly parked: number;
  readonly feedEntries: number;
}

export type TaskAnswer =
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code?: string; readonly message: string; readonly details?: object };

const port = parentPort;
if (port === null) throw new Error('rebuild-thread.ts runs as a worker thread only');
// Below the live projections: nobody waits for a rebuild. Linux alone keeps it per thread.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(NICENESS);

const { task, control: memory } = workerData as { task: CatchUpTask; control: SharedArrayBuffer };
const control = joinRebuildControl(memory);
const say = (answer: TaskAnswer) => port.postMessage(answer);

const STEP_POSITIONS = 20_000;
const STEP_SECONDS = 0.5;
const REST_MS_MAX = 100;

try {
  say({ kind: 'done', result: await catchUp(task) });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  say(
    isFigtreeError(error)
      ? { kind: 'failed', code: error.code, message, details: { ...error.details, cause: undefined } }
      : { kind: 'failed', message },
  );
}
port.close();

async function catchUp(asked: CatchUpTask): Promise<CaughtUp> {
  const { facts, name, path, replayId } = asked;
  const personal = personalWords(facts.personalPaths);
  const logger = openLogger({ level: 'warn', destination: 2, personalNames: () => facts.personalNames }).child(name);
  const upcasters = lazyUpcasters(facts, async () =>
    (await import('../../schema-registry/catalog-upcasters.ts')).catalogUpcasters(),
  );
  const tracer = createTracer(logger, personal);
  const log = inCurrentVersions(
    openLogWithArchive({ ...asked, opening: dataOpening(asked.logPath, facts.personFields) }),
    upcasters,
  );
  const { file, consumers, feedEntries } = projections[name].open(path, tracer, asked.settings);
  const processor = createProcessor({
    unit: file,
    consumers,
    log,
    tracer,
    logger,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress: ({ position }) => say({ kind: 'position', position }),
    onError: asked.onError,
    replay: { id: replayId, active: () => true },
  });
  try {
    await inSteps(asked.upTo, file.checkpoint, processor.catchUp);
  } catch (error) {
    throw rebuildFailure(error, name, facts.personalPaths);
  } finally {
    await log.close();
  }
  const caughtUp = { position: file.checkpoint(), parked: file.parkedCount(), feedEntries: feedEntries() };
  file.close();
  if (asked.rename !== undefined && !control.stopped()) renameSync(path, asked.rename);
  return caughtUp;
}

/** Step by step, each of them a commit, with rests between them where it goes too fast. */
async function inSteps(upTo: number, checkpoint: () => number, apply: (position: number) => Promise<void>) {
  while (checkpoint() < upTo && !control.stopped()) {
    const startedMs = performance.now();
    const from = checkpoint();
    const step = Math.min(STEP_POSITIONS, Math.max(1, Math.round(control.rate() * STEP_SECONDS)));
    await apply(Math.min(upTo, from + step));
    const dueMs = () => startedMs + ((checkpoint() - from) / control.rate()) * 1000 - performance.now();
    while (dueMs() > 0 && !control.stopped()) await sleep(Math.min(REST_MS_MAX, dueMs()));
  }
}
