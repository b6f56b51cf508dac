import * as z from 'zod';
import { defined } from '../../../events/defined.ts';
import { exactInstant } from '../../../events/instant.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { NoAnswer, TheirAnswer } from '../../../replay/parity.ts';

// The shapes in which another system answers: a line of its export, or the body of its API. docs/parity.md explains them.
// Unknown fields pass by: an export says more than is compared.

const id = z.string().min(1);
const idsOf = (name: string) =>
  z.array(z.union([id, z.looseObject({ [name]: id }).transform((item) => item[name] as string)]));
const name = z.string().nullable();
const countOr = (list: z.ZodType<string[]>) => z.union([z.int().min(0), list]);

// As it is compared: an instant, however it is written.
const instant = z.string().transform((text, { addIssue }) => {
  const exact = exactInstant(text);
  if (exact === undefined) addIssue('not an RFC 3339 instant');
  return exact ?? z.NEVER;
});

const shapes = {
  feed: z.looseObject({ userId: id.optional(), items: idsOf('yublId') }),
  relationships: z.looseObject({
    userId: id.optional(),
    followers: countOr(idsOf('userId')).optional(),
    following: countOr(idsOf('userId')).optional(),
    counts: z.looseObject({ followers: z.int().min(0).optional(), following: z.int().min(0).optional() }).optional(),
    userName: z.string().optional(),
    firstName: name.optional(),
    lastName: name.optional(),
    joinedAt: instant.optional(),
    items: idsOf('userId').optional(),
  }),
  search: z.looseObject({
    query: z.string().min(1).optional(),
    users: idsOf('userId').optional(),
    yubls: idsOf('yublId').optional(),
    items: z.array(z.looseObject({ userId: id.optional(), yublId: id.optional() })).optional(),
  }),
} as const;

/** What `items` are where the answer itself does not say: the list that the URL asks for. */
export type ListAsked = 'followers' | 'following' | 'users' | 'yubls';

export interface AnswerPlace {
  /** What was asked for. Absent for a line of an export, which says itself whose it is. */
  readonly key?: string;
  readonly asked?: ListAsked;
}

/** What a document says of one key, or why it says nothing that could be compared. */
export function answerOf(projection: ProjectionName, document: unknown, place: AnswerPlace): TheirAnswer | NoAnswer {
  const parsed = shapes[projection].safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return { ...defined({ key: place.key }), error: `${at}${issue?.message ?? 'not an answer'}` };
  }
  const data = parsed.data as Said;
  const key = place.key ?? (projection === 'search' ? data.query : data.userId);
  if (key === undefined) return { error: `it has no ${projection === 'search' ? 'query' : 'userId'}` };
  const said = saidOf(projection, data, place.asked);
  if (typeof said === 'string') return { key, error: said };
  const nothing = Object.keys(said.lists).length + Object.keys(said.values).length === 0;
  return nothing ? { key, error: 'it contains nothing to compare' } : { key, ...said };
}

interface Said {
  readonly userId?: string;
  readonly query?: string;
  readonly items?: (string | { readonly userId?: string; readonly yublId?: string })[];
  readonly followers?: number | string[];
  readonly following?: number | string[];
  readonly counts?: { readonly followers?: number; readonly following?: number };
  readonly userName?: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly joinedAt?: string;
  readonly users?: string[];
  readonly yubls?: string[];
}

type Comparable = Pick<TheirAnswer, 'lists' | 'values'>;

function saidOf(projection: ProjectionName, data: Said, asked: ListAsked | undefined): Comparable | string {
  const lists: Record<string, readonly string[]> = {};
  const values: Record<string, string | number | null> = {};
  const { items } = data;
  if (projection === 'feed') return { lists: { items: items as string[] }, values };
  if (projection === 'search') {
    if (data.users !== undefined) lists['users'] = data.users;
    if (data.yubls !== undefined) lists['yubls'] = data.yubls;
    if (items !== undefined) return searchItems(items as HitItem[], asked);
    return { lists, values };
  }
  for (const list of ['followers', 'following'] as const) {
    const said = data[list] ?? data.counts?.[list];
    if (typeof said === 'number') values[list] = said;
    else if (said !== undefined) lists[list] = said;
  }
  if (items !== undefined) {
    if (asked !== 'followers' && asked !== 'following') return 'the URL does not tell whether the items are followers';
    lists[asked] = items as string[];
  }
  for (const field of ['userName', 'firstName', 'lastName'] as const) {
    const said = data[field];
    if (said !== undefined) values[field] = said;
  }
  if (data.joinedAt !== undefined) values['joinedAt'] = data.joinedAt;
  return { lists, values };
}

type HitItem = { readonly userId?: string; readonly yublId?: string };

// A yubl may name its author by `userId`; a user has no `yublId`.
function searchItems(items: readonly HitItem[], asked: ListAsked | undefined): Comparable | string {
  const field = items.length === 0 ? asked : items[0]?.yublId === undefined ? 'users' : 'yubls';
  if (field !== 'users' && field !== 'yubls') return 'the URL does not contain the search text';
  const ids = items.map(({ userId, yublId }) => (field === 'users' ? userId : yublId));
  if (ids.some((one) => one === undefined)) return 'the items are of different kinds';
  return { lists: { [field]: ids as string[] }, values: {} };
}
