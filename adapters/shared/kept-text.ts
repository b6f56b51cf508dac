import { RAW_CHARACTERS_MAX, type Refusal, WAITING_CHARACTERS_MAX } from '../../ports/quarantine.ts';

/** The text of a refusal as a quarantine keeps it. */
export function keptTextOf({ raw, fingerprint, waiting = false }: Refusal): { text: string; truncated: boolean } {
  const max = waiting ? WAITING_CHARACTERS_MAX : RAW_CHARACTERS_MAX;
  const cut = raw.length > max;
  // A surrogate pair that is cut in half would be stored as something else.
  return { text: cut ? raw.slice(0, max).toWellFormed() : raw, truncated: cut || fingerprint !== undefined };
}
