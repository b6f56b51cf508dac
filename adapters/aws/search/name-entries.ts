/** One of a user's names, in relation to the others. */
export interface NameEntry {
  readonly name: string;
  /** Number of code points that it shares with the beginning of the user's next smaller name. */
  readonly shared: number;
}

/** A user's names by code points. Among names with a prefix, the smallest is the one that shares less than the prefix's
 *  length: names with the same beginning are adjacent. */
export function nameEntries(names: readonly string[]): NameEntry[] {
  const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.map((name, place) => ({ name, shared: sharedCodePoints(sorted[place - 1] ?? '', name) }));
}

export function codePoints(text: string): number {
  return Array.from(text).length;
}

function sharedCodePoints(before: string, name: string): number {
  const [a, b] = [Array.from(before), Array.from(name)];
  const end = a.findIndex((sign, place) => sign !== b[place]);
  return end < 0 ? a.length : end;
}
