import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';

export interface GateQuestion {
  readonly projection: ProjectionName;
  /** The new file. */
  readonly path: string;
  readonly logPath: string;
  /** An export of the other system's answers, or the URL of its API. */
  readonly against: string;
  readonly feedLength: number;
  readonly signal: AbortSignal;
}

// The comparison is joined here: `(await comparePath(question)).matchPercent`.
export const gateIsThere = false;

/** Share of the other system's answers that the new file gives alike, in percent. */
export function matchPercent(question: GateQuestion): Promise<number> {
  throw new FigtreeError('REQUEST_INVALID', `${question.against} cannot be compared with by this Figtree`);
}
