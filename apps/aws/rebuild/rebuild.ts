import { isFigtreeError } from '../../../events/errors.ts';
import { systemClock } from '../../../resilience/clock.ts';
import { createCapacityPace } from './capacity-pace.ts';
import { createApplying } from './rebuild-applying.ts';
import { applyArchive } from './rebuild-archive.ts';
import { type RebuildLease, takeRebuildLease } from './rebuild-lease.ts';
import { stateFor } from './rebuild-starting.ts';
import { type AwsRebuildState, sumOf } from './rebuild-state.ts';
import { followStream } from './rebuild-stream.ts';
import type { AwsRebuildOptions, AwsRebuildParts, RebuildWork } from './rebuild-work.ts';

export interface AwsRebuildOutcome {
  readonly state: AwsRebuildState;
  /** It went on with what an earlier run had begun. */
  readonly resumed: boolean;
  /** False if the signal ended it: the same call goes on. */
  readonly done: boolean;
}

const KEYS_AT_ONCE = 64;

/** Builds a projection anew from the archive and the stream, beside the one that is live, and makes it the live one; or makes the
 *  tables live again that were live before. Goes on with what was begun, whatever ended it. Rejects with REBUILD_RUNNING,
 *  REBUILD_STOPPED, SWAP_REFUSED, ARCHIVE_DAMAGED, or with what the machinery fails by; the state says how far it came. */
export async function rebuildOnAws(parts: AwsRebuildParts, options: AwsRebuildOptions): Promise<AwsRebuildOutcome> {
  const lease = await takeRebuildLease(parts.control, options.projection, options.leaseMs);
  try {
    const { state, resumed } = await stateFor(lease.found, parts, options);
    const done = await run({ parts, options, state, lease });
    return { state, resumed, done };
  } finally {
    await lease.release();
  }
}

interface Run {
  readonly parts: AwsRebuildParts;
  readonly options: AwsRebuildOptions;
  readonly state: AwsRebuildState;
  readonly lease: RebuildLease;
}

async function run({ parts, options, state, lease }: Run): Promise<boolean> {
  delete state.error;
  await lease.save(state);
  const pace = createCapacityPace(options.writeUnitsPerSecond);
  const version = await parts.open(state.projection, state.version, pace.onRequest);
  const { atOnce = KEYS_AT_ONCE, onError = 'stop' } = options;
  const { upcasters, personal, log } = parts;
  const replayId = state.id;
  const { consumers } = version;
  const applying = createApplying({ consumers, upcasters, personal, log, replayId, pace, atOnce, onError });
  const clock = stopwatch(state.seconds);
  const tell: RebuildWork['tell'] = (more = {}) =>
    options.onProgress?.({ stage: state.stage, counts: state.counts, seconds: clock(), ...more });
  const work: RebuildWork = {
    parts,
    options,
    clock: parts.clock ?? systemClock,
    state,
    take: applying.take,
    async keep(changes) {
      await applying.settled();
      const counts = sumOf(state.counts, { ...applying.counted(), ...pace.taken() });
      const isNext = changes.stage !== undefined && changes.stage !== state.stage;
      Object.assign(state, changes, { counts, seconds: clock() });
      await lease.save(state);
      if (isNext) tell();
    },
    tell,
    signal: AbortSignal.any([options.signal, lease.lost]),
  };
  try {
    tell();
    if (state.stage === 'tables') {
      await version.createTables();
      await work.keep({ stage: 'archive' });
    }
    while (state.stage !== 'done' && !work.signal.aborted) {
      await applyArchive(work);
      await followStream(work);
    }
    return state.stage === 'done';
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    state.error = { code: isFigtreeError(error) ? error.code : 'INTERNAL', message };
    state.seconds = clock();
    // What it failed by is worth more than that it could not be written down.
    await lease.save(state).catch(() => {});
    throw error;
  } finally {
    await version.close();
  }
}

function stopwatch(before: number): () => number {
  const startedMs = performance.now();
  return () => before + (performance.now() - startedMs) / 1000;
}
