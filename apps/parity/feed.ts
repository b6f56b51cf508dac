import * as z from 'zod';
import type { FeedReader } from '../../ports/feed-reader.ts';
import { comparedFeed } from '../../replay/compared-projections.ts';
import { answerReader, idsOf, keyText } from './answer-shapes.ts';
import type { ParityRules } from './rules.ts';

/** A feed in another system's answer: `items`, newest first. */
const feedAnswer = answerReader({
  document: z.looseObject({ userId: keyText.optional(), items: idsOf('yublId') }),
  keyField: 'userId',
  extract: ({ items }) => ({ lists: { items }, values: {} }),
});

export const feedParity: ParityRules<FeedReader> = {
  answerOf: feedAnswer,
  answersUnknown: true,
  itemsMax: (feedLength) => feedLength,
  compare: comparedFeed,
};
