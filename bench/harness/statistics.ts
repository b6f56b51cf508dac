import { seededRandom } from '../../apps/seeded-random.ts';

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Interpolates linearly between the two nearest ranks. NaN if there are no values. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** `count` of the items, each equally likely, the same in every run. */
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
