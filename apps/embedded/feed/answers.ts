import * as z from 'zod';
import { answerReader, idsOf, keyText } from '../parity/answer-shapes.ts';

/** A feed as another system gives it: `items`, newest first. */
export const feedAnswer = answerReader({
  document: z.looseObject({ userId: keyText.optional(), items: idsOf('yublId') }),
  keyField: 'userId',
  said: ({ items }) => ({ lists: { items }, values: {} }),
});
