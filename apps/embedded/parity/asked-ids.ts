import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';

/** One ID, or two. REQUEST_INVALID for more. */
export function idsAsked(projection: ProjectionName, words: readonly string[]): [string, string?] {
  const [what = '', other, ...more] = words;
  if (more.length === 0) return other === undefined ? [what] : [what, other];
  throw new FigtreeError('REQUEST_INVALID', `${more.join(' ')}: ${projection} takes at most two IDs`);
}
