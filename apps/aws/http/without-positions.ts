import { FigtreeError } from '../../../events/errors.ts';
import type { Progress } from '../../../ports/progress.ts';

/** A stream has no positions, so there is none to wait for: 0, the position in responses to publishing, is always
 *  reached, and any other belongs to another engine. */
export const withoutPositions: Pick<Progress, 'reached'> = {
  async reached(_projection, position) {
    if (position === 0) return true;
    throw new FigtreeError('REQUEST_INVALID', 'after is not supported: this engine has no positions');
  },
};
