import { FigtreeError } from '../../events/errors.ts';
import type { Status } from '../../ports/progress.ts';
import { projectionNames } from '../projections/registry.ts';
import type { Engine } from '../../engine/engine.ts';

const LOOK_AGAIN_MS = 200;
// A failed commit is retried at once and a dead thread restarted within a second, so a short stop is no reason to give
// up.
const STOPPED_MS_MAX = 10_000;

interface Watched {
  readonly progress: Pick<Engine['progress'], 'reached'>;
  status(): Promise<Pick<Status, 'projections'>>;
}

/** Waits until every projection has applied `position`; false if the signal fires before. Rejects with CONSUMER_STOPPED
 *  if one of them has been stopped for `stoppedMsMax`. */
export async function caughtUp(
  engine: Watched,
  position: number,
  { signal, stoppedMsMax = STOPPED_MS_MAX }: { signal: AbortSignal; stoppedMsMax?: number },
): Promise<boolean> {
  const requireRunning = watchOver(engine, stoppedMsMax);
  for (const name of projectionNames) {
    while (!(await engine.progress.reached(name, position, LOOK_AGAIN_MS))) {
      if (signal.aborted) return false;
      await requireRunning();
    }
  }
  return !signal.aborted;
}

function watchOver(engine: Watched, stoppedMsMax: number): () => Promise<void> {
  const stoppedSince = new Map<string, number>();
  return async () => {
    const { projections } = await engine.status();
    const now = performance.now();
    for (const { name, state, position } of projections) {
      if (state !== 'stopped') stoppedSince.delete(name);
      else if (!stoppedSince.has(name)) stoppedSince.set(name, now);
      if (now - (stoppedSince.get(name) ?? now) >= stoppedMsMax) {
        throw new FigtreeError('CONSUMER_STOPPED', `projection ${name} has stopped at position ${position}`, {
          projection: name,
        });
      }
    }
  };
}
