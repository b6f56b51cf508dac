import { posix } from 'node:path';
import type { SourceTree } from './source-tree.ts';

const LINK = /\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)/g;
/** A file of the project that a text names in backticks, by its path from the root. */
const NAMED_FILE = /`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|md|json|svg))`/g;

/** Link targets of the documents that do not exist, as `file: what`. */
export function linkBreaches(tree: SourceTree, exists: (path: string) => boolean): string[] {
  return [...tree]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([path, text]) => {
      const links = [...text.matchAll(LINK)].map(([, target = '']) => posix.join(posix.dirname(path), target));
      const named = [...text.matchAll(NAMED_FILE)].map(([, target = '']) => target);
      const missing = [...links, ...named].filter((target) => !exists(target));
      return missing.map((target) => `${path}: there is no ${target}`);
    });
}
