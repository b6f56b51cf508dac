// Text as it is compared: without case, accents and invisible characters.

// Letters and signs that represent others and that Unicode does not decompose, in lower case.
const SPELLINGS = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ς: 'σ', '’‘ʼʻ': "'", '‐–': '-' })
    .concat(Object.entries({ đðɖɗ: 'd', øɵ: 'o', łƚ: 'l', ħ: 'h', ıɨ: 'i', ȷ: 'j', ĸƙ: 'k', ŋɲ: 'n', ŧƭ: 't' }))
    .concat(Object.entries({ ƀɓ: 'b', ƈ: 'c', ƒ: 'f', ɠǥ: 'g', ƥ: 'p', ʉ: 'u', ʋ: 'v', ƴ: 'y', ƶ: 'z' }))
    .flatMap(([signs, spelling]) => Array.from(signs, (sign) => [sign, spelling] as const)),
);
const SPELT = new RegExp(`[${[...SPELLINGS.keys()].join('')}]`, 'gu');

// Accents are the marks that apply to letters of any script (Inherited) and the points of Hebrew. Other marks, such as
// the vowel signs of Devanagari or the voicing marks of kana (U+3099, U+309A), make another letter and stay.
const ACCENTS = /[[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}]]--[\u3099\u309A]]+/gv;
// Format characters (joiners, soft hyphens, direction marks, byte order marks) stand within words and are removed. The
// zero width space stands between words: Khmer, Thai and Lao are written with it, and other scripts break lines there.
const INVISIBLE = /[\p{Cf}--\u200B]+/gv;
const BLANKS = /[\s\p{C}]+/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

// A letter, with its marks, of a script that is written without spaces between words.
const UNSPACED = String.raw`[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&[\p{L}\p{N}]]\p{M}*`;
const HAS_UNSPACED = new RegExp(UNSPACED, 'v');
const UNSPACED_LETTER = new RegExp(UNSPACED, 'gv');
const UNSPACED_RUN = new RegExp(String.raw`(?:${UNSPACED}\u200B*)+`, 'gv');
const PLAIN = /^[ -~]*$/;
const SPEAKING = /[^\s\p{P}]/u;

/** Longer words are indexed and looked up by their beginning. */
const WORD_CHARACTERS_MAX = 100;

/** A name or a query for one: folded, with single spaces between its words and none around them. Contains no control
 *  characters and no unassigned code points. */
export function foldName(text: string): string {
  return fold(text).replace(BLANKS, ' ').trim();
}

/** The words by which a text is found, folded and separated by single spaces. A word is a run of letters, digits and
 *  marks. In scripts written without spaces between words, it is each letter and each pair of neighbours: any part of a
 *  clause is found, by the same rule on every machine ([0044](../../docs/decisions/0044-words-without-blanks.md)). */
export function foldWords(text: string): string {
  return plainWords(text) ?? wordsOf(fold(text), lettersAndPairs);
}

/** The words that a text must contain to match a query, without duplicates: for adjacent letters the pairs, which are
 *  more specific than the letters. */
export function typedWords(typed: string): string[] {
  const words = plainWords(typed) ?? wordsOf(fold(typed), (letters) => (letters.length < 2 ? letters : pairs(letters)));
  return words === '' ? [] : [...new Set(words.split(' '))];
}

function wordsOf(folded: string, ofRun: (letters: readonly string[]) => readonly string[]): string {
  const spaced = !HAS_UNSPACED.test(folded)
    ? folded
    : // What stands beside such a run is a word of its own, as in 第3章 or iPhone手机.
      folded.replace(UNSPACED_RUN, (run) => ` ${ofRun(run.match(UNSPACED_LETTER) ?? []).join(' ')} `);
  return (spaced.match(WORD) ?? []).map(cut).join(' ');
}

function lettersAndPairs(letters: readonly string[]): string[] {
  return [...letters, ...pairs(letters)];
}

function pairs(letters: readonly string[]): string[] {
  return letters.slice(1).map((letter, before) => `${letters[before]}${letter}`);
}

const PLAIN_CHARACTERS_MAX = 4096;
const plain = Buffer.alloc(PLAIN_CHARACTERS_MAX);

/** The same for a text of printable ASCII, as nearly all are: in a quarter of the time. Undefined for any other. */
function plainWords(text: string): string | undefined {
  if (text.length > PLAIN_CHARACTERS_MAX) return undefined;
  let used = 0;
  let wordCharacters = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return undefined;
    // Added to a capital letter to get its lower case.
    const small = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    const speaks = (small >= 0x61 && small <= 0x7a) || (small >= 0x30 && small <= 0x39);
    wordCharacters = speaks ? wordCharacters + 1 : 0;
    if (!speaks || wordCharacters > WORD_CHARACTERS_MAX) continue;
    if (wordCharacters === 1 && used > 0) plain[used++] = 0x20;
    plain[used++] = small;
  }
  return plain.toString('latin1', 0, used);
}

/** False for spaces and punctuation alone. */
export function isSearchable(name: string): boolean {
  return SPEAKING.test(name);
}

function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(INVISIBLE, '')
    .replace(SPELT, (sign) => SPELLINGS.get(sign) ?? sign);
}

function cut(word: string): string {
  return word.length <= WORD_CHARACTERS_MAX ? word : Array.from(word).slice(0, WORD_CHARACTERS_MAX).join('');
}
