// One text has many spellings: JSON and URLs escape characters in their own ways, nested text is escaped twice, and a
// hex id may be in capitals. A search for a person covers all of them.

// At most this much of a text is decoded, over all rounds: a megabyte of escapes nested a thousand times would take
// minutes.
const DECODED_TIMES_MAX = 8;
const DECODED_CHARACTERS_MIN = 2 ** 18;

/** Returns the text, and its result after each round of decoding escapes: those of JSON, JavaScript and C (`\u00fc`,
 *  `\xfc`, `\374`, `\n`), of URLs (`%C3%BC`) and of HTML (`&#252;`). Bytes that are not UTF-8 are read as Latin-1.
 *  Truncated or invalid escapes stay as they are. */
export function spellingsOf(text: string): readonly string[] {
  return [...eachSpelling(text)];
}

function* eachSpelling(text: string): Generator<string> {
  yield text;
  let left = Math.max(text.length * DECODED_TIMES_MAX, DECODED_CHARACTERS_MIN);
  for (let last = text; left > 0; left -= last.length + 1) {
    const read = withoutEscapes(last);
    if (read === last) return;
    yield (last = read);
  }
}

/** Equal for two spellings that differ in case, in the width of letters, in how accents are composed, or in what
 *  represents spaces: web forms write a plus. */
export function foldedSpelling(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{White_Space}+]+/gu, ' ');
}

const ESCAPE =
  /(?:%[0-9a-f]{2})+|(?:\\x[0-9a-f]{2})+|(?:\\[0-3][0-7]{2})+|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\["\\/bfnrt]|&#x[0-9a-f]{1,6};|&#[0-9]{1,7};/gi;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const CODE_POINT_MAX = 0x10_ffff;

function withoutEscapes(text: string): string {
  return /[\\%&]/.test(text) ? text.replace(ESCAPE, readEscape) : text;
}

function readEscape(escape: string): string {
  if (escape[0] === '%') return textOfBytes(Buffer.from(escape.replaceAll('%', ''), 'hex'));
  if (escape[0] === '&') {
    const isHex = escape[2] === 'x' || escape[2] === 'X';
    return characterOf(Number.parseInt(escape.slice(isHex ? 3 : 2), isHex ? 16 : 10), escape);
  }
  const kind = escape[1] ?? '';
  if (kind === 'u' || kind === 'U')
    return characterOf(Number.parseInt(escape.slice(escape[2] === '{' ? 3 : 2), 16), escape);
  if (kind === 'x' || kind === 'X') return textOfBytes(Buffer.from(escape.replaceAll(/\\x/gi, ''), 'hex'));
  if (kind >= '0' && kind <= '3')
    return textOfBytes(
      Buffer.from(
        escape
          .slice(1)
          .split('\\')
          .map((digits) => Number.parseInt(digits, 8)),
      ),
    );
  return SHORT_ESCAPES[kind.toLowerCase()] ?? kind;
}

function characterOf(code: number, escape: string): string {
  return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : escape;
}

function textOfBytes(bytes: Buffer): string {
  const text = bytes.toString();
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

/** How many ids of one text are recorded, and how many characters of all of them together. */
export const NAMED_IDS_MAX = 1000;
export const NAMED_CHARACTERS_MAX = 65_536;

// Only at the start of a run: trying again at each of its digits would take time quadratic in its length.
const HEX_RUN = /(?<![0-9a-f])[0-9a-f]{24,}/gi;

/** Returns the possible ids in a text in any spelling: each run of at least 24 hex digits, in lower case. Every person
 *  whose id is in one of them is named. Undefined if there are more than NAMED_IDS_MAX or NAMED_CHARACTERS_MAX. */
export function idsNamedIn(text: string, found = new Set<string>()): Set<string> | undefined {
  let characters = 0;
  for (const run of found) characters += run.length;
  for (const spelling of eachSpelling(text)) {
    for (const [match] of spelling.matchAll(HEX_RUN)) {
      const run = match.toLowerCase();
      if (found.has(run)) continue;
      characters += run.length;
      if (found.size === NAMED_IDS_MAX || characters > NAMED_CHARACTERS_MAX) return undefined;
      found.add(run);
    }
  }
  return found;
}

const PART_CHARACTERS = 65_536;
// The overlap of two parts: an id or a word with every character escaped, and each escape escaped again.
const COMMON_CHARACTERS = 4096;

/** Divides a text into parts that are searched one per turn of the event loop. Anything searched for is whole in one of
 *  them. */
export function* partsOf(text: string): Generator<string> {
  for (let start = 0; start === 0 || start < text.length; start += PART_CHARACTERS)
    yield text.slice(Math.max(0, start - COMMON_CHARACTERS), start + PART_CHARACTERS);
}

/** The text of a value at every depth: its keys and its strings, one per line. */
export function textsWithin(value: unknown): string {
  const texts: string[] = [];
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string') texts.push(next);
    if (typeof next !== 'object' || next === null) continue;
    for (const [name, each] of Object.entries(next)) {
      if (!Array.isArray(next)) texts.push(name);
      waiting.push(each);
    }
  }
  return texts.join('\n');
}
