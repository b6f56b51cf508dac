import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { cursors, pageDocument } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { listQuery, pathId, readQuery, userPath } from '../parameters.ts';
import { feedItem, json, listOf, pageAsked, problems, textOfJson } from '../responses.ts';
import { type Applying, untilApplied } from '../wait.ts';

const tags = ['feeds'];

interface FeedServing {
  readonly engine: Pick<Serving['engine'], 'feeds'> & Applying;
}

interface Guarded {
  readonly access: Pick<Serving['access'], 'ownFeed'>;
}

/** Feeds and yubls. */
export function addFeedApi(app: ServerApp, serving: Serving): void {
  addFeedRoutes(app, serving);
  addYublRoutes(app, serving);
}

/** A user's feed. */
export function addFeedRoutes(app: ServerApp, { engine, access }: FeedServing & Guarded): void {
  const { feeds, progress } = engine;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/feeds/{userId}',
      tags,
      summary: "Get a user's feed, newest first",
      description:
        'With keys configured, requires a token whose `sub` is this user. The feed is empty if the user is unknown or has left.',
      security: [{ token: [] }],
      middleware: access.ownFeed,
      request: { params: userPath, query: listQuery },
      responses: { 200: json(listOf(feedItem), 'A page of the feed'), ...problems(400, 401, 403, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilApplied(progress, ['feed'], query.after);
      const { items, next } = await feeds.feedText(c.req.valid('param').userId, pageAsked(query, cursors.feed));
      // The busiest of all routes, so its items are sent as the text that is stored.
      const cursor = next === undefined ? null : cursors.feed.encode(next);
      return textOfJson(c, `{"items":${items},"next":${JSON.stringify(cursor)}}`);
    },
  );
}

/** Single yubls. */
export function addYublRoutes(app: ServerApp, { engine }: FeedServing): void {
  const { feeds, progress } = engine;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/yubls/{yublId}',
      tags,
      summary: 'Get a yubl',
      request: { params: z.object({ yublId: pathId('yublId') }), query: readQuery },
      responses: { 200: json(feedItem, 'The yubl'), ...problems(400, 404, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(progress, ['feed'], after);
      const { yublId } = c.req.valid('param');
      const yubl = await feeds.yubl(yublId);
      if (yubl === undefined) throw new FigtreeError('NOT_FOUND', `There is no yubl ${yublId}`);
      return c.json(yubl, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/users/{userId}/yubls',
      tags,
      summary: "List a user's yubls, newest first",
      request: { params: userPath, query: listQuery },
      responses: { 200: json(listOf(feedItem), 'A page of yubls'), ...problems(400, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilApplied(progress, ['feed'], query.after);
      const page = await feeds.yublsOf(c.req.valid('param').userId, pageAsked(query, cursors.yubls));
      return c.json(pageDocument(page, cursors.yubls), 200);
    },
  );
}
