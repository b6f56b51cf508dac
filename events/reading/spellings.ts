// One text has many spellings: JSON and URLs escape characters in ways of their own, text within text is escaped twice, and an
// id in hex may be written in capitals. Who looks for a person looks in all of them.

const ROUNDS_MAX = 4;

/** The text, and what it becomes each time its escapes are read: those of JSON and JavaScript (`\u00fc`, `\xfc`, `\n`), of
 *  URLs (`%C3%BC`) and of HTML (`&#252;`). Escapes that are cut off or no escapes at all stay as they are. */
export function spellingsOf(text: string): readonly string[] {
  const spellings = [text];
  for (let round = 0, last = text; round < ROUNDS_MAX; round += 1) {
    const read = withoutEscapes(last);
    if (read === last) break;
    spellings.push((last = read));
  }
  return spellings;
}

/** The same for two spellings that differ in case or in how accents are composed. */
export function foldedSpelling(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

const ESCAPE =
  /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|["\\/bfnrt])|(?:%[0-9a-f]{2})+|&#(?:x[0-9a-f]{1,6}|[0-9]{1,7});/gi;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const CODE_POINT_MAX = 0x10_ffff;

function withoutEscapes(text: string): string {
  return /[\\%&]/.test(text) ? text.replace(ESCAPE, readEscape) : text;
}

function readEscape(escape: string): string {
  if (escape.startsWith('%')) return Buffer.from(escape.replaceAll('%', ''), 'hex').toString();
  if (/^\\[^ux]/i.test(escape)) return SHORT_ESCAPES[escape.slice(1)] ?? escape.slice(1);
  const digits = /[0-9a-f]+(?=[};]?$)/i.exec(escape)?.[0] ?? '';
  const code = Number.parseInt(digits, /^&#[0-9]/.test(escape) ? 10 : 16);
  return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : escape;
}

/** How many ids of one text are noted. */
export const NAMED_IDS_MAX = 1000;

const ID_DIGITS = 24;
const HEX_RUN = /[0-9a-f]{24,}/gi;

/** The ids that are named in a text in any spelling, in lower case: those of persons, and of whatever else has one. Within a
 *  longer run of hex digits an id may begin at each. Undefined if there are more than NAMED_IDS_MAX. */
export function idsNamedIn(text: string, found = new Set<string>()): Set<string> | undefined {
  for (const spelling of spellingsOf(text)) {
    for (const [run] of spelling.matchAll(HEX_RUN)) {
      for (let start = 0; start + ID_DIGITS <= run.length; start += 1) {
        found.add(run.slice(start, start + ID_DIGITS).toLowerCase());
        if (found.size > NAMED_IDS_MAX) return undefined;
      }
    }
  }
  return found;
}

/** The text of a value in all its depths, however many: its keys and its texts, one a line. */
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
