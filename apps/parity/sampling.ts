import { seededRandom } from '../seeded-random.ts';

/** Which of a number of things are looked at: `size` of them at random, each as likely as another. Of the same seed come
 *  the same places. */
export function sampledPlaces(count: number, { size, seed }: { size: number; seed: number }): ReadonlySet<number> {
  const chosen = new Set<number>();
  const random = seededRandom(seed);
  // Floyd's way: one draw for each that is chosen, however many there are.
  for (let last = Math.max(0, count - size); last < count; last += 1) {
    const drawn = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return chosen;
}
