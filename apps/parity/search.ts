import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import type { SearchReader } from '../../ports/search-reader.ts';
import { foldWords } from '../../projections/search/folded-text.ts';
import { comparedSearch } from '../../replay/compared-projections.ts';
import { answerReader, type Comparable, idsOf, keyText } from './answer-shapes.ts';
import type { ParityRules } from './rules.ts';

const item = z.looseObject({ userId: keyText.optional(), yublId: keyText.optional() });
type Item = z.output<typeof item>;

/** Hits in another system's answer: `users` and `yubls`, or `items` of one kind. */
const searchAnswer = answerReader({
  document: z.looseObject({
    query: z.string().min(1).optional(),
    users: idsOf('userId').optional(),
    yubls: idsOf('yublId').optional(),
    items: z.array(item).optional(),
  }),
  keyField: 'query',
  extract({ users, yubls, items }, asked) {
    if (items !== undefined) return hitsOf(items, asked);
    return { lists: defined({ users, yubls }), values: {} };
  },
});

// A yubl may name its author by `userId`; a user has no `yublId`.
function hitsOf(items: readonly Item[], asked: readonly string[]): Comparable | string {
  const [first] = items;
  const askedFor = asked.find((word) => word === 'users' || word === 'yubls');
  const list = first === undefined ? askedFor : first.yublId === undefined ? 'users' : 'yubls';
  if (list === undefined) return 'the URL does not contain the search text';
  const ids = items.map(({ userId, yublId }) => (list === 'users' ? userId : yublId));
  if (ids.some((one) => one === undefined)) return 'the items are of different kinds';
  return { lists: { [list]: ids as string[] }, values: {} };
}

const QUERY_CHARACTERS_MAX = 40;

/** Returns a name or a short text unchanged, and the longest word of a long text, because few other texts contain it. */
function questionOf(text: string): string {
  if (text.length <= QUERY_CHARACTERS_MAX) return text.trim();
  const words = foldWords(text).split(' ');
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}

export const searchParity: ParityRules<SearchReader> = {
  answerOf: searchAnswer,
  answersUnknown: false,
  questionOf,
  compare: comparedSearch,
};
