import { runRebuild, type RunningRebuild } from '../../../engine/rebuild/run.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { systemClock } from '../../../resilience/clock.ts';
import { createApplying } from './applying.ts';
import { type CapacityPace, createCapacityPace } from './capacity-pace.ts';
import { type RebuildLease, takeRebuildLease } from './lease.ts';
import { stateFor } from './starting.ts';
import { type AwsRebuildStage, type AwsRebuildState, sumOf } from './state.ts';
import { rebuildSteps } from './steps.ts';
import type { AwsRebuildOptions, AwsRebuildParts, AwsRebuildWork } from './work.ts';

export interface AwsRebuildOutcome {
  readonly state: AwsRebuildState;
  /** True if it continued an earlier run. */
  readonly resumed: boolean;
  /** False if the signal was aborted: the same call continues. */
  readonly done: boolean;
}

const KEYS_AT_ONCE = 64;

/** Rebuilds a projection from the archive and the stream beside the live one, verifies it, and makes it live; or catches up the
 *  previous tables and makes them live again. Continues an interrupted run. Rejects with REBUILD_RUNNING, REBUILD_STOPPED,
 *  REBUILD_INVALID, REBUILD_NOT_PROMOTED, SWAP_REFUSED, ARCHIVE_DAMAGED, or with a failure of AWS; the progress is saved. */
export async function rebuildOnAws(parts: AwsRebuildParts, options: AwsRebuildOptions): Promise<AwsRebuildOutcome> {
  const lease = await takeRebuildLease(parts.control, options.projection, options.leaseMs);
  try {
    const { state, resumed } = await stateFor(lease.found, parts, options);
    const done = await run({ parts, options, state, lease });
    if (!done && !options.signal.aborted) {
      throw new FigtreeError('REBUILD_RUNNING', `another process has taken over the rebuild of ${state.projection}`);
    }
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
  const pace = createCapacityPace(options.writeUnitsPerSecond);
  const version = await parts.open(state.projection, state.version, pace.onRequest);
  const signal = AbortSignal.any([options.signal, lease.lost]);
  let reported: AwsRebuildStage | undefined;
  const report = (seconds: number, more = {}) =>
    options.onProgress?.({ stage: (reported = state.stage), counts: state.counts, seconds, ...more });
  try {
    return await runRebuild(state, {
      ends: ['done'],
      steps: (running) => rebuildSteps(workOf({ parts, options, state, version, signal, pace, report }, running)),
      async save() {
        await lease.save(state);
        if (reported !== state.stage) report(state.seconds);
      },
      signal,
    });
  } finally {
    await version.close();
  }
}

interface Opened extends Pick<AwsRebuildWork, 'parts' | 'options' | 'state' | 'version' | 'signal'> {
  readonly pace: CapacityPace;
  readonly report: (seconds: number, more?: Parameters<AwsRebuildWork['report']>[0]) => void;
}

function workOf({ pace, report, ...opened }: Opened, { save, seconds }: RunningRebuild): AwsRebuildWork {
  const { parts, options, state, version } = opened;
  const { atOnce = KEYS_AT_ONCE, onError = 'stop' } = options;
  const { upcasters, personal, log, clock = systemClock } = parts;
  const { consumers } = version;
  const applying = createApplying({ consumers, upcasters, personal, log, replayId: state.id, pace, atOnce, onError });

  async function settled(): Promise<void> {
    await applying.settled();
    state.counts = sumOf(state.counts, { ...applying.counted(), ...pace.taken() });
  }

  return {
    ...opened,
    clock,
    take: applying.take,
    settled,
    async keep(changes) {
      await settled();
      Object.assign(state, changes);
      await save();
    },
    report: (more) => report(seconds(), more),
  };
}
