import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { listQuery, pathId, readQuery, userPath } from '../parameters.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';
import { type Applying, untilApplied } from '../wait.ts';

const tags = ['users'];

interface UserServing {
  readonly engine: Pick<Serving['engine'], 'relationships' | 'feeds'> & Applying;
}

const user = z
  .object({
    userId: z.string(),
    userName: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    joinedAt: z.string().openapi({ format: 'date-time' }),
    counts: z.object({ followers: z.int(), following: z.int(), yubls: z.int() }),
  })
  .openapi('User', {
    example: {
      userId: '56cab268fd9255c263d2e00e',
      userName: 'ada_l',
      firstName: 'Ada',
      lastName: 'Lovelace',
      joinedAt: '2016-02-22T07:02:00.000Z',
      counts: { followers: 32, following: 5, yubls: 120 },
    },
  });

const relationship = z
  .object({ userId: z.string(), since: z.string().openapi({ format: 'date-time' }) })
  .openapi('Relationship', { example: { userId: '56cab268fd9255c263d2e00e', since: '2016-02-22T07:02:00.000Z' } });

const pair = z.object({ userId: pathId('userId'), otherId: pathId('otherId') });

/** Users, and who follows whom. */
export function addUserRoutes(app: ServerApp, { engine }: UserServing): void {
  const { relationships, feeds, progress } = engine;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/users/{userId}',
      tags,
      summary: 'Get a user',
      description: 'Returns the profile and the numbers of followers, followed users and yubls.',
      request: { params: userPath, query: readQuery },
      responses: { 200: json(user, 'The user'), ...problems(400, 404, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(progress, ['relationships', 'feed'], after);
      const { userId } = c.req.valid('param');
      const profile = await relationships.user(userId);
      if (profile === undefined) throw new FigtreeError('NOT_FOUND', `There is no user ${userId}`);
      const { followers, following, ...rest } = profile;
      return c.json({ ...rest, counts: { followers, following, yubls: await feeds.yublCount(userId) } }, 200);
    },
  );

  for (const list of ['followers', 'following'] as const) {
    app.openapi(
      createRoute({
        method: 'get',
        path: `/users/{userId}/${list}`,
        tags,
        summary:
          list === 'followers'
            ? "List a user's followers, newest first"
            : 'List the users a user follows, newest first',
        request: { params: userPath, query: listQuery },
        responses: {
          200: json(listOf(relationship), list === 'followers' ? 'A page of followers' : 'A page of followed users'),
          ...problems(400, 504),
        },
      }),
      async (c) => {
        const query = c.req.valid('query');
        if (query.after !== undefined) await untilApplied(progress, ['relationships'], query.after);
        const page = await relationships[list](c.req.valid('param').userId, pageAsked(query, cursors[list]));
        return c.json(pageDocument(page, cursors[list]), 200);
      },
    );
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/users/{userId}/following/{otherId}',
      tags,
      summary: 'Get a follow relationship',
      description: 'Returns since when the user follows the other user. Responds with 404 if they do not.',
      request: { params: pair, query: readQuery },
      responses: {
        200: json(z.object({ since: z.string().openapi({ format: 'date-time' }) }), 'The follow relationship'),
        ...problems(400, 404, 504),
      },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(progress, ['relationships'], after);
      const { userId, otherId } = c.req.valid('param');
      const since = await relationships.followingSince(userId, otherId);
      if (since === undefined) throw new FigtreeError('NOT_FOUND', `${userId} does not follow ${otherId}`);
      return c.json({ since }, 200);
    },
  );
}
