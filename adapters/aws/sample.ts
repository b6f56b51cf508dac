import { hash } from 'node:crypto';

/** Draws a number of keys at random from as many as are offered, each as likely as another, whatever order they come in and
 *  however often. From the same seed and keys come the same ones. */
export interface KeySample {
  offer(key: string): void;
  drawn(): string[];
}

export function createKeySample(size: number, seed: number | string): KeySample {
  // Those of the smallest hashes: what holds of one part of the keys holds of all.
  let lowest = new Map<string, string>();

  function cut(): void {
    const sorted = [...lowest].toSorted(([, a], [, b]) => (a < b ? -1 : 1));
    lowest = new Map(sorted.slice(0, size));
  }

  return {
    offer(key) {
      if (lowest.has(key)) return;
      lowest.set(key, hash('sha1', `${seed} ${key}`));
      if (lowest.size >= 2 * size + 2) cut();
    },
    drawn() {
      cut();
      return [...lowest.keys()];
    },
  };
}
