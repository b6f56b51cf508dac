/** Searches bytes for many words at once. */
export interface WordFinder {
  /** Length of the longest word: this many bytes of one piece must be searched again with the next. */
  readonly longest: number;
  /** Adds the numbers of the words that occur. */
  find(bytes: Uint8Array, found: Set<number>): void;
}

/** Shorter words occur everywhere by chance. */
export const WORD_BYTES_MIN = 8;

// A bit for each hash of eight bytes: where it is not set, no word begins.
const HASH_BITS = 20;

export function wordFinder(words: readonly string[]): WordFinder {
  const begins = new Uint8Array(2 ** HASH_BITS);
  const byBeginning = new Map<number, { number: number; bytes: Buffer }[]>();
  let longest = 0;
  for (const [number, word] of words.entries()) {
    const bytes = Buffer.from(word);
    if (bytes.length < WORD_BYTES_MIN) continue;
    longest = Math.max(longest, bytes.length);
    const [first, second] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
    begins[hashOf(first, second)] = 1;
    const same = byBeginning.get(keyOf(first, second));
    if (same === undefined) byBeginning.set(keyOf(first, second), [{ number, bytes }]);
    else same.push({ number, bytes });
  }
  return {
    longest,
    find(bytes, found) {
      if (longest === 0 || bytes.length < WORD_BYTES_MIN) return;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      let first = buffer.readUInt32LE(0);
      let second = buffer.readUInt32LE(4);
      for (let at = 0; ; at += 1) {
        if (begins[hashOf(first, second)] === 1) {
          for (const { number, bytes: word } of byBeginning.get(keyOf(first, second)) ?? []) {
            if (word.equals(buffer.subarray(at, at + word.length))) found.add(number);
          }
        }
        const next = at + WORD_BYTES_MIN;
        if (next >= buffer.length) return;
        first = (first >>> 8) | ((second & 0xff) << 24);
        second = (second >>> 8) | ((buffer[next] ?? 0) << 24);
      }
    },
  };
}

function hashOf(first: number, second: number): number {
  return (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> (32 - HASH_BITS);
}

function keyOf(first: number, second: number): number {
  return (first >>> 0) * 2 ** 20 + ((second >>> 0) % 2 ** 20);
}
