import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { cursors, pageDocument } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { listQuery, once } from '../parameters.ts';
import { feedItem, json, listOf, pageAsked, problems } from '../responses.ts';
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
    .max(TEXT_CHARACTERS_MAX, `must have at most ${TEXT_CHARACTERS_MAX} characters`)
    .openapi({ example: 'ada', description: 'Text to search for' }),
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
      summary: 'Search users by name, best match first',
      description:
        'Finds users whose first name, last name or user name begins with the text. Case and accents are ignored.',
      request: { query: searchQuery },
      responses: { 200: json(listOf(userHit), 'A page of users'), ...problems(400, 504) },
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
      summary: 'Search yubls by words, newest first',
      description: 'Finds yubls that contain every word of the text.',
      request: { query: searchQuery },
      responses: { 200: json(listOf(feedItem), 'A page of yubls'), ...problems(400, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilApplied(progress, ['search'], query.after);
      const page = await search.yubls(query.q, pageAsked(query, cursors.yublSearch));
      return c.json(pageDocument(page, cursors.yublSearch), 200);
    },
  );
}
