import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import type { ProjectionSettings } from '../projection.ts';
import type {
  ListedRebuild,
  RebuildProgress,
  RebuildRequest,
  Rebuilds,
  SwapHolder,
  TracedRebuild,
} from '../../../engine/rebuild/rebuilds.ts';
import { pause } from '../../../resilience/clock.ts';
import { forgetRebuild, listRebuilds, type RunOptions, type TakenRebuild, takeRebuild } from './rebuilds.ts';

export interface RebuildsOptions {
  readonly folder: string;
  readonly settings: ProjectionSettings;
  readonly holder: SwapHolder;
  readonly logger: Logger;
}

interface StartedRebuild {
  readonly state: ListedRebuild;
  readonly speeds: Map<ProjectionName, RebuildProgress>;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export function openRebuilds({ folder, settings, holder, logger: parent }: RebuildsOptions): Rebuilds {
  const logger = parent.child('rebuild');
  const running = new Map<string, StartedRebuild>();
  let closed = false;

  async function start(request: RebuildRequest) {
    if (closed) throw new FigtreeError('SHUTTING_DOWN', 'the server is shutting down and starts no rebuild');
    const taken = await takeRebuild(folder, request);
    const { state, resumed } = taken;
    const controller = new AbortController();
    if (closed) controller.abort();
    const speeds = new Map<ProjectionName, RebuildProgress>();
    const onProgress = (progress: RebuildProgress) => void speeds.set(progress.projection, progress);
    const { id } = state;
    logger.info({ rebuild: id, projections: state.projections.map(({ name }) => name), resumed }, 'rebuild started');
    const ended = work(taken, { settings, holder, signal: controller.signal, onProgress }, logger).finally(() =>
      running.delete(id),
    );
    running.set(id, { state: { ...state, runningIn: process.pid }, speeds, controller, ended });
    return { id, resumed };
  }

  function list(): TracedRebuild[] {
    return listRebuilds(folder).map((state) => {
      const speeds = running.get(state.id)?.speeds;
      return speeds === undefined ? state : { ...state, speeds };
    });
  }

  return {
    start,
    list,
    async cancel(id) {
      const ours = running.get(id);
      ours?.controller.abort();
      await ours?.ended;
      return forgetRebuild(folder, id);
    },
    rollback: (projections) => holder.rollback({ projections }),
    async close() {
      closed = true;
      for (const { controller } of running.values()) controller.abort();
      // A rebuild that is just starting stops as soon as it runs.
      await pause(0);
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Runs the rebuild. Never rejects: the outcome is in the state. */
async function work(taken: TakenRebuild, options: RunOptions, logger: Logger): Promise<void> {
  const { state } = taken;
  try {
    const done = await taken.run(options);
    if (done) taken.finish();
    const { id, stage, seconds } = state;
    logger.info({ rebuild: id, stage, seconds }, done ? 'rebuild finished' : 'rebuild interrupted');
  } catch (error) {
    logger.error({ rebuild: state.id, error }, 'rebuild failed');
  } finally {
    taken.release();
  }
}
