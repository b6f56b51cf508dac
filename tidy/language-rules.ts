import { isTest, isTypeScript, type SourceTree } from './source-tree.ts';

/** Folders and documents whose language is done: they stay so. */
const DONE = [
  'acceptance/',
  'adapters/',
  'apps/',
  'bench/',
  'consumers/',
  'docs/',
  'engine/',
  'events/',
  'figtree.test.ts',
  'node-link.test.ts',
  'ports/',
  'producers/',
  'projections/',
  'readme.test.ts',
  'replay/',
  'resilience/',
  'samples/',
  'schema-registry/',
  'testing/',
  'tidy.test.ts',
  'tidy/',
  'ARCHITECTURE.md',
  'README.md',
];

/** Its strings hold what the rules ban. */
const PLANTED = 'tidy/planted-breaches.test.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly says: string;
}

const inProse: readonly Rule[] = [
  { pattern: /\b(?:he|him|his|himself)\b/i, says: 'they for people, it for processes' },
  { pattern: /\bwhoever\b/i, says: 'write "a caller that", or name it' },
  { pattern: /\bfor ever\b/i, says: 'write "forever"' },
  { pattern: /\b(?:goes|go) on\b/i, says: 'write "continues"' },
  { pattern: /\b(?:nobody|nothing|no one)\b.*\bany more\b/i, says: 'write "no longer"' },
];

const ofCode: readonly Rule[] = [
  ...inProse,
  { pattern: /\bsomebody\b/i, says: 'name it: a caller, another process, an operator' },
  { pattern: /\b(?:tells?|told) of\b/i, says: 'write "reports" or "logs"' },
  { pattern: /\b(?:gets?|got|getting) on\b/i, says: 'write "makes progress"' },
  { pattern: /\b(?:comes?|came) again\b/i, says: 'write "is delivered again"' },
  { pattern: /\b(?:takes?|taken|took) .*\bout for good\b/i, says: 'write "discards"' },
  { pattern: /\bin hand\b/i, says: 'write "current" or "in progress"' },
  { pattern: /\b(?:can|cannot|could|to) be had\b/i, says: 'write "is available"' },
  { pattern: /\bhad better\b/i, says: 'write "should"' },
];

/** Titles are sentences whose subject may be the title around them. */
const inTitles: readonly Rule[] = [
  ...ofCode,
  { pattern: /^gives (?!up\b|way\b)/i, says: 'write "returns", or say what it does' },
];

/** At the beginning of a comment or of a sentence in it. */
const inComments: readonly Rule[] = [
  ...ofCode,
  { pattern: /(?:^|[.!?] )Gives /, says: 'write "Returns"' },
  { pattern: /(?:^|[.!?] )Of /, says: 'begin with the subject of the sentence' },
  { pattern: /(?:^|[.!?] )That (?!is |was )/, says: 'begin with the subject of the sentence' },
  {
    pattern: /(?:^|[.!?] )(?:Whom|Whose|So (?:long|many|much|often))\b/,
    says: 'begin with the subject of the sentence',
  },
];

/** Wording that the finished folders no longer have, as `file:line: why`; the line is the first one of a comment. */
export function languageBreaches(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, text]) => {
    if (path === PLANTED || !isIn(DONE, path)) return [];
    if (path.endsWith('.md')) return breachesIn(path, proseOf(text), inProse);
    if (!isTypeScript(path)) return [];
    const titles = isTest(path) || path.endsWith('.contract.ts') ? titlesOf(text) : [];
    return [...breachesIn(path, commentsOf(text), inComments), ...breachesIn(path, titles, inTitles)];
  });
}

function isIn(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => path.startsWith(folder));
}

interface Passage {
  readonly line: number;
  readonly text: string;
}

function breachesIn(path: string, passages: readonly Passage[], rules: readonly Rule[]): string[] {
  return passages.flatMap(({ line, text }) =>
    rules.filter(({ pattern }) => pattern.test(text)).map(({ says }) => `${path}:${line}: ${says}`),
  );
}

function linesOf(text: string): Passage[] {
  return text.split('\n').map((line, index) => ({ line: index + 1, text: line }));
}

/** The lines of a document outside of code blocks: examples show what users wrote. */
function proseOf(text: string): Passage[] {
  let isCode = false;
  return linesOf(text).filter((line) => {
    const isFence = line.text.startsWith('```');
    if (isFence) isCode = !isCode;
    return !isFence && !isCode;
  });
}

// Also `test.each(…)('title'` and `describe.skipIf(…)('title'`: whatever is in the brackets before.
const TITLE = /(?:\b(?:it|test|describe)(?:\.\w+)*|\))\(\s*(['"`])(?<title>(?:\\.|(?!\1)[^\\])*)\1\s*,/g;

function titlesOf(source: string): Passage[] {
  return [...source.matchAll(TITLE)].map((match) => ({
    line: source.slice(0, match.index).split('\n').length,
    text: match.groups?.['title'] ?? '',
  }));
}

/** The comments of a source, each as one text: a block, or adjacent lines of //. Quoted words are left out. */
function commentsOf(source: string): Passage[] {
  const comments: { line: number; text: string }[] = [];
  let isOpen = false;
  let lastLine = 0;
  for (const { line, text } of linesOf(source)) {
    const isWhole = /^\s*\/\//.test(text);
    const isBlock: boolean = isOpen || /^\s*\/\*/.test(text);
    const comment = isBlock || isWhole ? text : / (\/\/ .*)$/.exec(text)?.[1];
    if (comment === undefined) continue;
    const words = comment.replace(/^\s*(?:\/\*+|\*\/|\*|\/\/)|\*\/\s*$/g, '').replace(/`[^`]*`|"[^"]*"/g, '…');
    const open = isOpen || (isWhole && lastLine === line - 1) ? comments.at(-1) : undefined;
    if (open !== undefined) open.text = `${open.text} ${words.trim()}`.trim();
    else comments.push({ line, text: words.trim() });
    isOpen = isBlock && !text.includes('*/');
    lastLine = isWhole ? line : 0;
  }
  return comments;
}
