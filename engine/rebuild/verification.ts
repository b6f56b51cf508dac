import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';

/** The result of the check of a new version of a projection before it goes live. */
export interface Verification {
  readonly counts: Readonly<Record<string, number>>;
  /** Digest of the readers' answers, independent of the order and the row ids of the rows. */
  readonly digest: string;
  /** How the live version compares. A difference is no error: it may be the reason for the rebuild. */
  readonly live: 'equal' | 'different' | 'not comparable';
}

export interface Verified extends Verification {
  /** Descriptions of violated invariants. */
  readonly broken: readonly string[];
}

/** The minimum share of another system's answers that the new version has to match. */
export interface RebuildGate {
  readonly percent: number;
  /** An export's path, or the URL of an API. */
  readonly against: string;
  /** The number of keys that are compared, at random; absent: all. */
  readonly sample?: number;
  /** The number of items that are compared at the start of each list. */
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
}

/** A projection under verification, with the results so far. */
export interface VerifiedProjection {
  readonly name: ProjectionName;
  verification?: Verification;
  matchPercent?: number;
}

/** Records the result of the check. Throws REBUILD_INVALID if invariants are violated; `which` identifies the version in its
 *  details. */
export function noteVerified(
  projection: VerifiedProjection,
  { broken, ...verification }: Verified,
  which: Readonly<Record<string, string>>,
): void {
  if (broken.length > 0) {
    const { name } = projection;
    const message = `the new version of ${name} is inconsistent and does not go live: ${broken.join('; ')}`;
    throw new FigtreeError('REBUILD_INVALID', message, { projection: name, ...which, broken });
  }
  projection.verification = verification;
}

/** The result of the comparison with the other system. */
export interface Compared {
  readonly percent: number;
  /** Whether the share is high enough, and nearly all keys were answered. */
  readonly holds: boolean;
  /** The number of keys that were answered, and of those that were not. */
  readonly answered: number;
  readonly unanswered: number;
  /** Where the first differences are, and why the first keys were not answered. May contain personal data. */
  readonly examples?: readonly unknown[];
}

/** Notes the share of equal answers. REBUILD_NOT_PROMOTED if it is too small, or if too few keys were answered. */
export function passGate(projection: VerifiedProjection, gate: RebuildGate, compared: Compared): void {
  const { percent, holds, answered, unanswered, examples } = compared;
  projection.matchPercent = percent;
  if (holds) return;
  const { name } = projection;
  const matches = `the new version of ${name} matches ${percent} % of the answers of ${gate.against}`;
  const reason = percent < gate.percent ? `${gate.percent} % are required` : `these say too little`;
  const message = `${matches}, but ${reason} (${answered} keys were answered, ${unanswered} were not)`;
  throw new FigtreeError('REBUILD_NOT_PROMOTED', message, { projection: name, percent, ...defined({ examples }) });
}
