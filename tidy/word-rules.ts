import { isTest, isTypeScript, type SourceTree } from './source-tree.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly says: string;
  readonly files?: (path: string) => boolean;
}

const inTypeScript: readonly Rule[] = [
  { pattern: /\b\w*Manager\b/, says: 'name it for what it does, not Manager' },
  { pattern: /\b\w+Impl\b/, says: 'name it for its technology, not Impl' },
  { pattern: /\b(class|interface) Base[A-Z]/, says: 'no Base classes' },
  { pattern: /\binterface I[A-Z][a-z]/, says: 'ports are named by role, without an I in front' },
  { pattern: /\b(TODO|FIXME|HACK|XXX)\b/, says: 'a leftover marker: do it, or write it down as a limit' },
  { pattern: /@ts-(ignore|nocheck)\b/, says: 'the compiler is right' },
  { pattern: /\bas any\b/, says: 'say the type' },
  { pattern: /\b(eslint|oxlint)-disable(?!.* -- \S)/, says: 'a disabled rule needs its reason after " -- "' },
  { pattern: /\b(describe|it|test)\.only\(/, says: 'leaves the other tests out', files: isTest },
  {
    // `test.skip('title')` and `describe.skip(`; `context.skip('the reason')` inside a test gives one.
    pattern: /\b(describe|it|test)\.(skip|todo)\(/,
    says: 'a skipped test says why: context.skip(reason)',
    files: isTest,
  },
  {
    pattern: /\b(context|ctx|task)\.skip\(\s*\)/,
    says: 'a skipped test says why: context.skip(reason)',
    files: isTest,
  },
  { pattern: /\b(describe|it|test)\b.*\(\s*(['"`]).*\bshould\b/, says: 'titles say what is, not what should be' },
];

const everywhere: readonly Rule[] = [
  { pattern: /(?<![\w.])\/(work|home|Users|root)\/\w/, says: 'a path of a developer’s machine' },
  { pattern: /https?:\/\/[^\s"')]*\bregistry\b|\bregistry\.npmjs\b/, says: 'the host of a package registry' },
];

const FORBIDDEN_NAMES = /(^|\/)(index|types|utils?|helpers?|common|misc)\.ts$|(^|\/)(utils?|helpers?|common|misc)\//;

/** Forbidden words, as `file:line: why`. This folder is excluded, because it has to name them. */
export function wordBreaches(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, text]) => {
    if (path.startsWith('tidy/')) return [];
    const rules = [...everywhere, ...(isTypeScript(path) ? inTypeScript : [])];
    const lines = text.split('\n');
    const inLines = lines.flatMap((line, index) =>
      rules
        .filter((rule) => (rule.files?.(path) ?? true) && rule.pattern.test(line))
        .map((rule) => `${path}:${index + 1}: ${rule.says}`),
    );
    return FORBIDDEN_NAMES.test(path) ? [`${path}: name the file for the noun that it holds`, ...inLines] : inLines;
  });
}

const LINES_MAX = 300;
const TEST_LINES_MAX = 500;

export function sizeBreaches(tree: SourceTree): string[] {
  return [...tree]
    .filter(([path]) => isTypeScript(path))
    .flatMap(([path, text]) => {
      const lines = text.split('\n').length - 1;
      const max = isTest(path) || path.endsWith('.contract.ts') ? TEST_LINES_MAX : LINES_MAX;
      return lines > max ? [`${path}: ${lines} lines, ${max} at most`] : [];
    });
}
