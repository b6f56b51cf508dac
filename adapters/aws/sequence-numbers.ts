/** Negative if the first comes first. Of a shard: numbers of up to 56 digits, as long as they need to be. */
export function compareSequenceNumbers(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : Number(one > other);
}
