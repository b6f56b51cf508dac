import { FigtreeError } from '../../events/errors.ts';
import type { Progress, ProjectionName } from '../../ports/progress.ts';

const WAIT_MS = 5000;

export interface Applying {
  readonly progress: Pick<Progress, 'reached'>;
}

/** For reads of the log itself: resolves once it contains `after`; throws NOT_CAUGHT_UP if it does not within
 *  WAIT_MS. */
export async function untilLogged(progress: Progress, after: number): Promise<void> {
  if (await progress.headBeyond(after - 1, WAIT_MS)) return;
  throw new FigtreeError('NOT_CAUGHT_UP', `The log has not reached position ${after} yet`);
}

/** Read your own writes: resolves once all the named projections have applied `after`; throws NOT_CAUGHT_UP if they
 *  have not within WAIT_MS. Also waits for a position that the log does not have yet. */
export async function untilApplied(
  progress: Applying['progress'],
  projections: readonly ProjectionName[],
  after: number,
): Promise<void> {
  const reached = await Promise.all(projections.map((name) => progress.reached(name, after, WAIT_MS)));
  const behind = projections.filter((_name, index) => !reached[index]);
  if (behind.length > 0) {
    throw new FigtreeError('NOT_CAUGHT_UP', `Position ${after} is not applied yet by ${behind.join(', ')}`);
  }
}
