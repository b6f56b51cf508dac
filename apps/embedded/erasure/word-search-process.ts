import { wordFinder } from '../../../adapters/embedded/erasure/word-finder.ts';
import { type SearchedFile, searchFolder } from '../../../adapters/embedded/erasure/word-search.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { joinHost } from '../../threads/joining.ts';

// A process of its own, because it opens SQLite files as plain files: when a process closes such a file, the operating system
// drops every lock of that process on it, including SQLite's.

export interface WordSearch {
  readonly folders: readonly string[];
  readonly words: readonly string[];
  /** Prefixes of paths: either only these, or all others. */
  readonly within: { readonly prefix: string; readonly only: boolean };
}

const methods = {
  /** Rejects with FILE_UNREADABLE. */
  async searchFiles({ folders, words, within: { prefix, only } }: WordSearch): Promise<readonly SearchedFile[]> {
    try {
      const finder = wordFinder(words);
      const files: SearchedFile[] = [];
      for (const folder of folders)
        files.push(...(await searchFolder(folder, finder, (path) => path.startsWith(prefix) === only)));
      return files;
    } catch (error) {
      throw new FigtreeError('FILE_UNREADABLE', error instanceof Error ? error.message : String(error));
    }
  },
};
joinHost().serve(methods);

export type WordSearchProcess = typeof methods;
