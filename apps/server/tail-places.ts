import { FigtreeError } from '../../events/errors.ts';

/** How many live tails one credential may have open; without keys, all clients together. */
export const TAILS_PER_CREDENTIAL_MAX = 100;

/** The live tails that are open, by the credential that opened them. */
export interface TailPlaces {
  /** Returns what gives the place back, however often it is called. TOO_MANY_TAILS if the credential has all of its. */
  take(credential: string): () => void;
}

export function openTailPlaces(max = TAILS_PER_CREDENTIAL_MAX): TailPlaces {
  const open = new Map<string, number>();
  return {
    take(credential) {
      const before = open.get(credential) ?? 0;
      if (before >= max)
        throw new FigtreeError('TOO_MANY_TAILS', `This credential already has ${max} live streams open`);
      open.set(credential, before + 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        const left = (open.get(credential) ?? 1) - 1;
        if (left === 0) open.delete(credential);
        else open.set(credential, left);
      };
    },
  };
}
