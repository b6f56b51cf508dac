import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { cursors } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { listQuery, once } from '../parameters.ts';
import { feedItem, json, listOf, pageAsked, pageDocument, problems } from '../responses.ts';
import { type Applying, untilApplied } from '../wait.ts';

const tags = ['search'];
const TEXT_CHARACTERS_MAX = 200;

interface SearchServing {
  readonly engine: Pick<Serving['engine'], 'search'> & Applying;
}

const searchQuery = listQuery.extend({
  q: once()
    .trim()
    .min(1, 'must not be empty')
    .max(TEXT_CHARACTERS_MAX, `must have ${TEXT_CHARACTERS_MAX} characters at most`)
    .openapi({ example: 'ada', description: 'What to look for' }),
});

const userHit = z
  .object({
    userId: z.string(),
    userName: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
  })
  .openapi('UserHit', {
    example: { userId: '56cab268fd9255c263d2e00e', userName: 'ada_l', firstName: 'Ada', lastName: 'Lovelace' },
  });

/** Users by the beginning of their names, yubls by their words. */
export function addSearchRoutes(app: ServerApp, { engine }: SearchServing): void {
  const { search, progress } = engine;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/search/users',
      tags,
      summary: 'Users whose first name, last name or user name begins so, best first',
      description: 'Case and accents do not matter.',
      request: { query: searchQuery },
      responses: { 200: json(listOf(userHit), 'The users'), ...problems(400, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilApplied(progress, ['search'], query.after);
      const page = await search.users(query.q, pageAsked(query, cursors.userSearch));
      return c.json(pageDocument(page, cursors.userSearch), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/search/yubls',
      tags,
      summary: 'Yubls that hold every word, newest first',
      request: { query: searchQuery },
      responses: { 200: json(listOf(feedItem), 'The yubls'), ...problems(400, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilApplied(progress, ['search'], query.after);
      const page = await search.yubls(query.q, pageAsked(query, cursors.yublSearch));
      return c.json(pageDocument(page, cursors.yublSearch), 200);
    },
  );
}
