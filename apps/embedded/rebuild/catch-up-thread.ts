import { renameSync } from 'node:fs';
import { createProcessor } from '../../../consumers/runtime/processor.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { pause } from '../../../resilience/clock.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import { openLogger } from '../../log-lines.ts';
import { giveWay, joinHost } from '../../threads/joining.ts';
import { openThreadReading, type ReplayedLog } from '../thread-reading.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import { rebuildFailure } from './failure.ts';

/** Applies the log to the complete file of a projection, up to a position. */
export interface CatchUpTask extends ReplayedLog {
  readonly name: ProjectionName;
  readonly path: string;
  readonly settings: ProjectionSettings;
  readonly facts: CatalogFacts;
  readonly upTo: number;
  readonly replayId: string;
  readonly onError: 'stop' | 'park';
  /** The file's final name, given when the task is complete. */
  readonly rename?: string;
}

export interface CaughtUp {
  readonly position: number;
  readonly parked: number;
  readonly feedEntries: number;
}

export type CatchUpListener = { position(position: number): void };

// A rebuild is less urgent than the live projections.
giveWay(10);
const host = joinHost<CatchUpListener>();
const { control } = host;

const STEP_POSITIONS = 20_000;
const STEP_SECONDS = 0.5;
const REST_MS_MAX = 100;

const methods = { catchUp };
host.serve(methods);

export type CatchUpThread = typeof methods;

async function catchUp(asked: CatchUpTask): Promise<CaughtUp> {
  const { facts, name, path, replayId } = asked;
  const { log, upcasters, personal } = openThreadReading(asked);
  const logger = openLogger({ level: 'warn', destination: 2, personalNames: () => facts.personalNames }).child(name);
  const tracer = createTracer(logger, personal);
  const projection = await projectionNamed(name).embedded.load();
  const { file, consumers, feedEntries = () => 0 } = projection.open(path, tracer, asked.settings);
  const processor = createProcessor({
    unit: file,
    consumers,
    log,
    tracer,
    logger,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress: ({ position }) => host.tell('position', position),
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

/** Applies events in steps of one commit each, with rests between them if it is too fast. */
async function inSteps(upTo: number, checkpoint: () => number, apply: (position: number) => Promise<void>) {
  while (checkpoint() < upTo && !control.stopped()) {
    const startedMs = performance.now();
    const from = checkpoint();
    const step = Math.min(STEP_POSITIONS, Math.max(1, Math.round(control.rate() * STEP_SECONDS)));
    await apply(Math.min(upTo, from + step));
    const dueMs = () => startedMs + ((checkpoint() - from) / control.rate()) * 1000 - performance.now();
    while (dueMs() > 0 && !control.stopped()) await pause(Math.min(REST_MS_MAX, dueMs()));
  }
}
