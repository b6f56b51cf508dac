import type { Context, TypedResponse } from 'hono';
import * as z from 'zod';
import type { Page } from '../../ports/page.ts';
import type { CursorCodec } from './cursor.ts';

// The shapes of answers that several groups of routes share, for the OpenAPI document and the compiler. Answers are not
// parsed again on their way out: they come from our own readers, whose types these shapes are checked against.

export const feedItem = z
  .object({
    yublId: z.string(),
    authorId: z.string(),
    text: z.string(),
    postedAt: z.string().openapi({ format: 'date-time' }),
    sequence: z
      .string()
      .openapi({ description: "The source's own order, 20 digits: newer ones sort behind older ones" }),
  })
  .openapi('Yubl', {
    example: {
      yublId: '56cab2686d8e7e14910889c1',
      authorId: '56cab268fd9255c263d2e00e',
      text: 'thats right',
      postedAt: '2016-02-22T07:02:00.000Z',
      sequence: '14561245200000000001',
    },
  });

const problem = z
  .object({
    type: z.string().openapi({ example: 'urn:figtree:problem:not-found' }),
    title: z.string().openapi({ example: 'Not found' }),
    status: z.int().openapi({ example: 404 }),
    detail: z.string().openapi({ example: 'There is no user 56cab268fd9255c263d2e00e' }),
    code: z.string().openapi({ example: 'NOT_FOUND', description: 'What programs compare' }),
    retryable: z.boolean().openapi({ example: false, description: 'The same request may succeed later' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    first: z.int().optional().openapi({ description: 'Of EVENTS_ARCHIVED: the first position that is still there' }),
    head: z.int().optional().openapi({ description: 'Of POSITION_BEYOND_HEAD: the position of the newest event' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' });

/** The answer of a list. `next` is null at its end. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().openapi({ description: 'The `cursor` of the next page, null at the end' }),
  });
}

export function pageDocument<Item, Cursor>(
  { items, next }: Page<Item, Cursor>,
  cursors: CursorCodec<Cursor>,
): { items: Item[]; next: string | null } {
  return { items, next: next === undefined ? null : cursors.encode(next) };
}

/** A JSON answer that is text already. Typed as the answer that its route declares. */
export function textOfJson(c: Context, text: string) {
  const response = c.body(text, 200, { 'content-type': 'application/json' });
  return response as unknown as TypedResponse<{ items: z.output<typeof feedItem>[]; next: string | null }, 200, 'json'>;
}

/** A page as a reader is asked for it. */
export function pageAsked<Cursor>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  cursors: CursorCodec<Cursor>,
): { limit: number; after?: Cursor } {
  return cursor === undefined ? { limit } : { limit, after: cursors.decode(cursor) };
}

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

const DESCRIPTIONS = {
  400: 'REQUEST_INVALID or CURSOR_INVALID: a parameter is wrong',
  401: 'UNAUTHENTICATED: credentials are missing or not valid',
  403: 'FORBIDDEN: the credentials are not enough',
  404: 'NOT_FOUND',
  408: 'BODY_TOO_SLOW: the body stopped coming; nothing of it was kept',
  409: 'REBUILD_RUNNING, POSITION_BEYOND_HEAD (`head` is the newest position), or what is asked for cannot be now: the detail says why',
  413: 'BODY_TOO_LARGE: nothing of it was kept',
  415: 'CONTENT_TYPE_UNSUPPORTED: events are JSON in UTF-8',
  429: 'TOO_MANY_TAILS: the caller has too many live tails open',
  503: 'SHUTTING_DOWN, STORAGE_FAILED or KEY_SERVER_UNAVAILABLE: try again later',
  410: 'EVENTS_ARCHIVED: `first` is the first position that is still in the log',
  504: 'NOT_CAUGHT_UP: the position of `after` was not applied within 5 s',
  507: 'STORAGE_FULL: nothing of it is acknowledged, send it again later',
} as const;

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof problem } };
}

/** What a route answers if it fails; every route may also answer 500 and 503. */
export function problems<Status extends keyof typeof DESCRIPTIONS>(
  ...statuses: Status[]
): { [Each in Status]: ProblemResponse } {
  const content = { 'application/problem+json': { schema: problem } };
  const entries = statuses.map((status) => [status, { description: DESCRIPTIONS[status], content }]);
  return Object.fromEntries(entries) as { [Each in Status]: ProblemResponse };
}
