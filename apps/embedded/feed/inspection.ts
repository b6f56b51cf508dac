import type { FeedReader } from '../../../ports/feed-reader.ts';
import { comparedFeed } from '../../../replay/compared-projections.ts';
import type { Inspection } from '../projection.ts';
import { feedAnswer } from './answers.ts';
import { explainFeed } from './explaining.ts';

export const feedInspection: Inspection<FeedReader> = {
  parity: { answerOf: feedAnswer, answersUnknown: true, itemsMax: (feedLength) => feedLength, compare: comparedFeed },
  explain: explainFeed,
};
