/** One of a user's names, among his others. */
export interface NameEntry {
  readonly name: string;
  /** How many code points at its beginning are those of the next smaller one of his names. */
  readonly shared: number;
}

/** A user's names by code points. Of those that begin with a prefix the smallest is the one that shares less than the prefix is
 *  long: names that begin alike stand together. */
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
