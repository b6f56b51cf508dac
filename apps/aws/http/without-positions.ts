import { FigtreeError } from '../../../events/errors.ts';
import type { Progress } from '../../../ports/progress.ts';

/** A stream has no positions, so there is none that a reader could wait for: the one that publishing answers with, 0, is reached
 *  always, and any other is of another engine. */
export const withoutPositions: Pick<Progress, 'reached'> = {
  async reached(_projection, position) {
    if (position === 0) return true;
    throw new FigtreeError('REQUEST_INVALID', 'after is not supported: this engine has no positions');
  },
};
