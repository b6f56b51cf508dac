/** Enough ranges to notice one that falls behind, and few enough to look at all of them. */
export const KEY_RANGES = 16;

/** The range of a partition key: FNV-1a of its UTF-16 units, 0 to KEY_RANGES - 1. It is stored with parked events, so
 *  it must not change. */
export function keyRangeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 16) % KEY_RANGES;
}
