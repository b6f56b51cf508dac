import type { Compared, RebuildGate } from '../../engine/rebuild/verification.ts';
import { FigtreeError } from '../../events/errors.ts';
import { type ParityTally, parityHolds } from '../../replay/parity.ts';
import { requireOtherSide } from './comparison.ts';

/** The gate of a request, if it has one. REQUEST_INVALID if half of it is missing or names nothing that could answer,
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

/** What a comparison says to a gate. */
export function comparedAt(percent: number, tally: ParityTally): Compared {
  const { matchPercent, keys, errors, differences } = tally;
  return {
    percent: matchPercent,
    holds: parityHolds(tally, percent),
    answered: keys,
    unanswered: errors.count,
    examples: [...differences.map(({ key, field, kinds }) => ({ key, field, kinds })), ...errors.first],
  };
}
