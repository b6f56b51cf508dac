import type { Context, TypedResponse } from 'hono';
import * as z from 'zod';
import type { CursorCodec } from './cursor.ts';

// The shapes of responses that several groups of routes share, for the OpenAPI document and the compiler. Responses are
// not validated again: they come from our own readers, whose types are checked against these shapes.

export const feedItem = z
  .object({
    yublId: z.string(),
    authorId: z.string(),
    text: z.string(),
    postedAt: z.string().openapi({ format: 'date-time' }),
    sequence: z
      .string()
      .openapi({ description: 'Order assigned by the source, 20 digits; newer yubls sort after older ones' }),
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
    code: z.string().openapi({ example: 'NOT_FOUND', description: 'Stable code for programs to compare' }),
    retryable: z.boolean().openapi({ example: false, description: 'Whether the same request may succeed later' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'For REQUEST_INVALID: the invalid parameters' }),
    first: z
      .int()
      .optional()
      .openapi({ description: 'For EVENTS_ARCHIVED: position of the first event still in the log' }),
    head: z.int().optional().openapi({ description: 'For POSITION_BEYOND_HEAD: position of the newest event' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' });

/** The response of a list. `next` is null at its end. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().openapi({ description: 'Cursor of the next page, null on the last page' }),
  });
}

/** A JSON response that is already text. Typed as the response that its route declares. */
export function textOfJson(c: Context, text: string) {
  const response = c.body(text, 200, { 'content-type': 'application/json' });
  return response as unknown as TypedResponse<{ items: z.output<typeof feedItem>[]; next: string | null }, 200, 'json'>;
}

/** The query of a page for a reader. */
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
  400: 'REQUEST_INVALID or CURSOR_INVALID: a parameter or the body is invalid',
  401: 'UNAUTHENTICATED: credentials are missing or invalid',
  403: 'FORBIDDEN: the credentials do not allow this',
  404: 'NOT_FOUND: the resource does not exist',
  408: 'BODY_TOO_SLOW: the body arrived too slowly; none of it was kept',
  409: 'REBUILD_RUNNING, POSITION_BEYOND_HEAD (`head` is the newest position) or another conflict with the current state, which `detail` explains',
  413: 'BODY_TOO_LARGE: the body exceeds a limit; none of it was kept',
  415: 'CONTENT_TYPE_UNSUPPORTED: events must be JSON in UTF-8',
  429: 'TOO_MANY_TAILS: the caller has too many live streams open',
  503: 'SHUTTING_DOWN, STORAGE_FAILED or KEY_SERVER_UNAVAILABLE: retry later',
  410: 'EVENTS_ARCHIVED: the events were trimmed; `first` is the position of the first event still in the log',
  504: 'NOT_CAUGHT_UP: the position of `after` was not applied within 5 s',
  507: 'STORAGE_FULL: nothing was acknowledged; send the request again later',
} as const;

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof problem } };
}

/** The error responses of a route; every route may also answer 500 and 503. */
export function problems<Status extends keyof typeof DESCRIPTIONS>(
  ...statuses: Status[]
): { [Each in Status]: ProblemResponse } {
  const content = { 'application/problem+json': { schema: problem } };
  const entries = statuses.map((status) => [status, { description: DESCRIPTIONS[status], content }]);
  return Object.fromEntries(entries) as { [Each in Status]: ProblemResponse };
}
