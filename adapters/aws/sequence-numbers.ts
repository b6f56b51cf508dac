/** Negative if the first is smaller. For numbers of one shard: up to 56 digits, without leading zeros. */
export function compareSequenceNumbers(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : Number(one > other);
}
