import { seededRandom } from '../seeded-random.ts';

/** Draws `size` of `count` places at random, each with the same probability. The same seed draws the same places. */
export function sampledPlaces(count: number, { size, seed }: { size: number; seed: number }): ReadonlySet<number> {
  const chosen = new Set<number>();
  const random = seededRandom(seed);
  // Floyd's algorithm: one draw for each chosen place, however large `count` is.
  for (let last = Math.max(0, count - size); last < count; last += 1) {
    const drawn = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return chosen;
}
