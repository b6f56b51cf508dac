import { NAMES_MAX } from '../../ports/search-index.ts';
import type { NameQuery, SearchIndexReader } from '../../ports/search-index-reader.ts';
import type { SearchReader } from '../../ports/search-reader.ts';
import { foldName, isSearchable, typedWords } from './folded-text.ts';

/** Nothing indexed is longer, so a longer query finds nothing. */
const QUERY_CHARACTERS_MAX = 500;

/** Runs a query. A query that is empty (spaces, punctuation) or too long finds nothing and is not an error. */
export function searchReader(index: SearchIndexReader): SearchReader {
  return {
    async users(text, query) {
      const names = text.length > QUERY_CHARACTERS_MAX ? undefined : nameQueryOf(text);
      return names === undefined ? { items: [] } : index.users(names, query);
    },
    async yubls(text, query) {
      const words = text.length > QUERY_CHARACTERS_MAX ? [] : typedWords(text);
      return words.length === 0 ? { items: [] } : index.yubls(words, query);
    },
  };
}

function nameQueryOf(text: string): NameQuery | undefined {
  const prefix = foldName(text);
  if (!isSearchable(prefix)) return undefined;
  const typed = [...new Set(prefix.split(' '))];
  // A name that begins with "jo" begins with "j", so the shorter word adds no condition. Words that are not prefixes of
  // each other need a name each.
  const words = typed.filter((word) => !typed.some((other) => other !== word && other.startsWith(word)));
  const isRedundant = words[0] === prefix || words.length > NAMES_MAX;
  return { prefix, words: isRedundant ? [] : words.toSorted(longestFirst) };
}

function longestFirst(a: string, b: string): number {
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : 1;
}
