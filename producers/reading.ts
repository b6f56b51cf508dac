import type { Problem } from '../events/errors.ts';
import type { EventEnvelope } from '../events/envelope.ts';

/** The result of parsing one item. */
export type Reading =
  | { readonly kind: 'events'; readonly events: readonly EventEnvelope[] }
  | { readonly kind: 'ignored' }
  | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
  /** The event's or the change's id, as far as it is readable. */
  readonly id?: string;
}

export const IGNORED: Reading = { kind: 'ignored' };

const ID_SHOWN_CHARACTERS_MAX = 256;

export function refused(problem: Problem, id?: unknown): Refused {
  const readable = typeof id === 'string' && id !== '';
  return { kind: 'refused', problem, ...(readable && { id: id.slice(0, ID_SHOWN_CHARACTERS_MAX).toWellFormed() }) };
}
