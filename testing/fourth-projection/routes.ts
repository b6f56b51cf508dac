import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import type { AddRoutes } from '../../apps/server/projection-api.ts';
import { json, problems } from '../../apps/server/responses.ts';
import { readQuery, userPath } from '../../apps/server/parameters.ts';
import { untilApplied } from '../../apps/server/wait.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ActivityReader } from './consumer.ts';

const activity = z.object({ userId: z.string(), userName: z.string(), yubls: z.int() }).openapi('Activity');

export const addActivityRoutes: AddRoutes = (app, { engine }) => {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/users/{userId}/activity',
      tags: ['users'],
      summary: 'Get how much a user posts',
      request: { params: userPath, query: readQuery },
      responses: { 200: json(activity, 'The activity of the user'), ...problems(400, 404, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(engine.progress, ['activity'], after);
      const { userId } = c.req.valid('param');
      const found = await (engine.reader('activity') as ActivityReader).activity(userId);
      if (found === undefined) throw new FigtreeError('NOT_FOUND', `There is no user ${userId}`);
      return c.json(found, 200);
    },
  );
};
