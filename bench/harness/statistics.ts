export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Between the two nearest ranks it goes in a straight line. NaN if there are no values. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Numbers from 0 to 1 that look random and are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` of the items, each place as likely, the same in every run. */
export function sample<Item>(items: readonly Item[], count: number, seed = 1): Item[] {
  const random = seededRandom(seed);
  const left = [...items];
  const taken: Item[] = [];
  while (taken.length < count && left.length > 0) {
    const place = Math.floor(random() * left.length);
    const item = left[place] as Item;
    left[place] = left.at(-1) as Item;
    left.pop();
    taken.push(item);
  }
  return taken;
}
