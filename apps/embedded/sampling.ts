/** Which of a number of things are looked at: `size` of them at random, each as likely as another. Of the same seed come
 *  the same places. */
export function sampledPlaces(count: number, { size, seed }: { size: number; seed: number }): ReadonlySet<number> {
  const chosen = new Set<number>();
  const random = randomOf(seed);
  // Floyd's way: one draw for each that is chosen, however many there are.
  for (let last = Math.max(0, count - size); last < count; last += 1) {
    const drawn = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return chosen;
}

/** From 0 to below 1. mulberry32: small, and good enough to choose by. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
