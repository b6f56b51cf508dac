import { wordFinder } from '../../../adapters/embedded/erasure/word-finder.ts';
import { type SearchedFile, searchFolder } from '../../../adapters/embedded/erasure/word-search.ts';

// A process of its own, because it opens files of SQLite as plain files: when a process closes one of those, the system takes
// away every lock that the same process has on it, those of SQLite too.

export interface WordSearch {
  readonly folders: readonly string[];
  readonly words: readonly string[];
  /** Paths that begin so: either these alone, or all others. */
  readonly within: { readonly prefix: string; readonly only: boolean };
}

export type WordSearchAnswer = { readonly files: readonly SearchedFile[] } | { readonly failed: string };

process.once('message', (search: WordSearch) => {
  void answerTo(search).then((answer) => process.send?.(answer, () => process.disconnect()));
});

async function answerTo({ folders, words, within: { prefix, only } }: WordSearch): Promise<WordSearchAnswer> {
  try {
    const finder = wordFinder(words);
    const files: SearchedFile[] = [];
    for (const folder of folders)
      files.push(...(await searchFolder(folder, finder, (path) => path.startsWith(prefix) === only)));
    return { files };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}
