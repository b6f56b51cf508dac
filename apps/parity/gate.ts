import type { RebuildGate } from '../../engine/rebuild/verification.ts';
import { FigtreeError } from '../../events/errors.ts';
import { requireOtherSide } from './comparison.ts';

/** The gate that is asked for, if one is. REQUEST_INVALID if half of it is missing or names nothing that could answer,
 *  FILE_UNREADABLE. */
export function checkedGate(gate: Partial<RebuildGate>): RebuildGate | undefined {
  if (Object.keys(gate).length === 0) return undefined;
  const { percent, against, ...rest } = gate;
  if (percent === undefined || against === undefined) {
    throw new FigtreeError('REQUEST_INVALID', '--promote-at and --against must be given together');
  }
  requireOtherSide(against);
  return { percent, against, ...rest };
}
