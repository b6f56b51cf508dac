// Text as it is compared: letters without case, accents and whatever cannot be seen.

// Letters and signs that stand for others and that Unicode does not decompose, in lower case.
const SPELLINGS = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ς: 'σ', '’‘ʼʻ': "'", '‐–': '-' })
    .concat(Object.entries({ đðɖɗ: 'd', øɵ: 'o', łƚ: 'l', ħ: 'h', ıɨ: 'i', ȷ: 'j', ĸƙ: 'k', ŋɲ: 'n', ŧƭ: 't' }))
    .concat(Object.entries({ ƀɓ: 'b', ƈ: 'c', ƒ: 'f', ɠǥ: 'g', ƥ: 'p', ʉ: 'u', ʋ: 'v', ƴ: 'y', ƶ: 'z' }))
    .flatMap(([signs, spelling]) => Array.from(signs, (sign) => [sign, spelling] as const)),
);
const SPELT = new RegExp(`[${[...SPELLINGS.keys()].join('')}]`, 'gu');

// Accents are the marks that go on letters of any script (Inherited) and the points of Hebrew. Other marks, such as the
// vowel signs of Devanagari or the voicing marks of kana (U+3099, U+309A), make another letter and stay.
const ACCENTS = /[[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}]]--[\u3099\u309A]]+/gv;
const INVISIBLE = /\p{Cf}+/gu;
const BLANKS = /[\s\p{C}]+/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const PLAIN = /^[ -~]*$/;
const BETWEEN_PLAIN_WORDS = /[^a-z0-9]+/g;
const SPEAKING = /[^\s\p{P}]/u;

/** Longer words are indexed and looked up by their beginning. */
const WORD_CHARACTERS_MAX = 100;

/** A name or what was typed of one: folded, with single blanks between its words and none around them. Holds no control
 *  characters and no code points that Unicode has not given out. */
export function foldName(text: string): string {
  return fold(text).replace(BLANKS, ' ').trim();
}

/** The words of a text, folded, with single blanks between them. A word is a run of letters, digits and marks: in
 *  scripts that are written without blanks that is a whole clause. */
export function foldWords(text: string): string {
  const folded = fold(text);
  if (PLAIN.test(folded)) {
    // Nearly every text: so there are no words to be joined again.
    const words = folded.replace(BETWEEN_PLAIN_WORDS, ' ').trim();
    if (words.length <= WORD_CHARACTERS_MAX || !words.split(' ').some(isLong)) return words;
  }
  return (folded.match(WORD) ?? []).map(cut).join(' ');
}

/** False for blanks and punctuation alone. */
export function saysSomething(name: string): boolean {
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

function isLong(word: string): boolean {
  return word.length > WORD_CHARACTERS_MAX;
}

function cut(word: string): string {
  return isLong(word) ? Array.from(word).slice(0, WORD_CHARACTERS_MAX).join('') : word;
}
