import type { SearchReader } from '../../../ports/search-reader.ts';
import { foldWords } from '../../../projections/search/folded-text.ts';
import { comparedSearch } from '../../../replay/compared-projections.ts';
import type { Inspection } from '../projection.ts';
import { searchAnswer } from './answers.ts';
import { explainSearch } from './explaining.ts';

export const searchInspection: Inspection<SearchReader> = {
  parity: { answerOf: searchAnswer, answersUnknown: false, questionOf, compare: comparedSearch },
  explain: explainSearch,
};

const QUERY_CHARACTERS_MAX = 40;

/** A name or a short text as it is; of a long text the longest word, which few others have. */
function questionOf(text: string): string {
  if (text.length <= QUERY_CHARACTERS_MAX) return text.trim();
  const words = foldWords(text).split(' ');
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}
