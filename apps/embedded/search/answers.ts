import * as z from 'zod';
import { answerReader, type Comparable, idsOf, keyText } from '../parity/answer-shapes.ts';

const item = z.looseObject({ userId: keyText.optional(), yublId: keyText.optional() });
type Item = z.output<typeof item>;

/** Hits as another system gives them: `users` and `yubls`, or `items` of one kind. */
export const searchAnswer = answerReader({
  document: z.looseObject({
    query: z.string().min(1).optional(),
    users: idsOf('userId').optional(),
    yubls: idsOf('yublId').optional(),
    items: z.array(item).optional(),
  }),
  keyField: 'query',
  said({ users, yubls, items }, asked) {
    if (items !== undefined) return itemsSaid(items, asked);
    return { lists: { ...(users !== undefined && { users }), ...(yubls !== undefined && { yubls }) }, values: {} };
  },
});

// A yubl may name its author by `userId`; a user has no `yublId`.
function itemsSaid(items: readonly Item[], asked: readonly string[]): Comparable | string {
  const [first] = items;
  const askedFor = asked.find((word) => word === 'users' || word === 'yubls');
  const list = first === undefined ? askedFor : first.yublId === undefined ? 'users' : 'yubls';
  if (list === undefined) return 'the URL does not contain the search text';
  const ids = items.map(({ userId, yublId }) => (list === 'users' ? userId : yublId));
  if (ids.some((one) => one === undefined)) return 'the items are of different kinds';
  return { lists: { [list]: ids as string[] }, values: {} };
}
