import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Text by path from the root, with forward slashes. A planted breach is one more entry of a copy. */
export type SourceTree = ReadonlyMap<string, string>;

const NOT_OURS = new Set(['node_modules', '.git', '.figtree', 'coverage']);
const NOT_TEXT = /\.(gz|png|db|db-wal|db-shm)$/;

/** Every text file of the project, including uncommitted ones. */
export function readSourceTree(root: string): SourceTree {
  const tree = new Map<string, string>();
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (NOT_OURS.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !NOT_TEXT.test(path)) tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  walk('.');
  return tree;
}

export function isTypeScript(path: string): boolean {
  return path.endsWith('.ts');
}

export function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$/.test(path);
}

/** The source without comment lines, so that prose is not taken for code. Strings stay. */
export function withoutComments(source: string): string {
  return source
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join('\n');
}

const IMPORTS = [
  // import x from '…', import type … from '…', export … from '…'
  /\bfrom\s*(['"])(?<name>[^'"\n]+)\1/g,
  // import '…' and import('…')
  /\bimport\s*\(?\s*(['"`])(?<name>[^'"`\n]+)\1/g,
];
/** The file of a worker thread: relative, with or without a leading dot. */
const THREAD = /\bnew URL\(\s*(['"])(?<name>[^'":\n]+\.ts)\1\s*,\s*import\.meta\.url/g;

/** A file's imports: files of the project by their path from the root, everything else by its name. */
export function importsOf(path: string, source: string): string[] {
  const code = withoutComments(source);
  const beside = (name: string) => posix.join(posix.dirname(path), name);
  const named = (pattern: RegExp) => [...code.matchAll(pattern)].map((match) => match.groups?.['name'] ?? '');
  const imports = IMPORTS.flatMap(named).map((name) => (name.startsWith('.') ? beside(name) : name));
  return [...imports, ...named(THREAD).map(beside)];
}

/** What is loaded together with a file: its imports, except types and dynamic imports. */
export function loadedWith(path: string, source: string): string[] {
  const code = withoutComments(source)
    .replace(/\b(import|export)\s+type\b[^;]*?\bfrom\s*(['"])[^'"\n]+\2/g, '')
    .replace(/\b(?:import|export)\s*\{(?:\s*type\s+\w+(?:\s+as\s+\w+)?\s*,?)+\s*\}\s*from\s*(['"])[^'"\n]+\1/g, '')
    .replace(/\bimport\s*\(\s*(['"])[^'"\n]+\1\s*\)/g, '')
    .replace(/\bnew URL\([^)]*\)/g, '');
  return importsOf(path, code);
}
