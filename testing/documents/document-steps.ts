import { type Example, examplesOf } from './readme-examples.ts';

/** The steps of a document, in order. */
export type Step =
  /** A ```ts block whose first line is `// path/of/the/file.ts`: that file, whole. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** A ```diff block whose first line is the path of a file: lines to put in place of others. */
  | { readonly kind: 'edit'; readonly path: string; readonly lines: readonly string[] }
  /** A command of a ```sh block. */
  | ({ readonly kind: 'command' } & Example);

export function stepsOf(document: string): Step[] {
  return [...document.matchAll(/^```(ts|json|diff|sh)\n([\s\S]*?)^```$/gm)].flatMap(
    ([block, language, text = '']): Step[] => {
      if (language === 'sh') return examplesOf(block).map((example) => ({ kind: 'command', ...example }));
      const [first = '', ...lines] = text.trimEnd().split('\n');
      const path = first.replace(/^\/\/ /, '');
      return [
        language === 'diff' ? { kind: 'edit', path, lines } : { kind: 'file', path, text: `${lines.join('\n')}\n` },
      ];
    },
  );
}

/** The text after an edit: the lines that begin with a space or a minus must occur in it once, consecutively. */
export function edited(text: string, lines: readonly string[]): string {
  const side = (mark: string) =>
    lines.filter((line) => line.startsWith(mark) || line.startsWith(' ')).map((line) => line.slice(1));
  const [before, after] = [side('-').join('\n'), side('+').join('\n')];
  const parts = `\n${text}`.split(`\n${before}\n`);
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times:\n${before}`);
  return parts.join(`\n${after}\n`).slice(1);
}
