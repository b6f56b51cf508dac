/** Returns the text without surrounding byte order marks: `cat` joins files that begin with one, line by line or gzip
 *  member by member, so they may precede any line. RFC 8259 lets a parser skip them; JSON.parse does not. */
export function withoutByteOrderMarks(text: string): string {
  if (!text.startsWith(MARK) && !text.endsWith(MARK)) return text;
  return text.replace(/^\ufeff+|\ufeff+$/g, '');
}

const MARK = '\ufeff';

// ECMA-262, 12.2 and 12.3: what String.trim removes. The mark is one of them.
const LONG_BLANKS = new Set(
  [
    ...MARK,
    ...'\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
  ].map((blank) => Buffer.from(blank).readUIntBE(0, 3)),
);

/** How many bytes the character at `at` has, if it is a byte order mark or whitespace of String.trim, in UTF-8; else
 *  0. */
export function whitespaceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first === 0x20 || (first >= 0x09 && first <= 0x0d) ? 1 : 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xc2) return second === 0xa0 ? 2 : 0;
  return LONG_BLANKS.has((first << 16) | (second << 8) | (bytes[at + 2] ?? 0)) ? 3 : 0;
}

/** The part of a text without surrounding byte order marks and whitespace, as by String.trim. */
export function trimmedText(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  for (let blank = whitespaceAt(bytes, start); blank > 0; blank = whitespaceAt(bytes, start)) start += blank;
  for (let blank = whitespaceBefore(bytes, end); blank > 0 && end > start; blank = whitespaceBefore(bytes, end))
    end -= blank;
  return bytes.subarray(start, Math.max(start, end));
}

/** The same for the character that ends before `end`. */
export function whitespaceBefore(bytes: Uint8Array, end: number, blank = whitespaceAt): number {
  for (let width = 1; width <= 3 && width <= end; width += 1) if (blank(bytes, end - width) === width) return width;
  return 0;
}
