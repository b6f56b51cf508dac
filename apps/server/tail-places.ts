import { FigtreeError } from '../../events/errors.ts';

/** The most live tails per credential; without keys, for all clients together. */
export const TAILS_PER_CREDENTIAL_MAX = 100;

/** The open live tails by credential. */
export interface TailPlaces {
  /** Returns the function that frees the place, which may be called repeatedly. Throws TOO_MANY_TAILS at the limit. */
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
