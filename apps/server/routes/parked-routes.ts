import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { type ProjectionName, projectionNames } from '../../../ports/progress.ts';
import { noteReason } from '../caller.ts';
import { cursors } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { actionQuery, listQuery, once } from '../parameters.ts';
import {
  discardReport,
  listedParked,
  projectionName,
  redriveReport,
  resumed,
  selection,
  shownParked,
} from '../parked-answers.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';

const tags = ['admin'];
const security = [{ token: ['admin'] }];

const query = listQuery.omit({ after: true }).extend({
  projection: projectionName.optional(),
  key: once().optional().openapi({ description: 'Only those of this partition key' }),
  error: once().optional().openapi({ description: 'Only those with this code, or with this in their text' }),
});

// As everywhere, what cannot be is what nothing has; positions begin at 1.
const path = z.object({
  projection: z.string().openapi({ param: { name: 'projection', in: 'path' }, example: 'feed' }),
  position: z
    .string()
    .transform((text) => (/^[0-9]{1,15}$/.test(text) ? Number(text) : 0))
    .openapi({ param: { name: 'position', in: 'path' }, type: 'integer', example: 1 }),
});

/** What consumers could not handle, and what operators do about it. */
export function addParkedRoutes(app: ServerApp, serving: Serving): void {
  const { engine, access } = serving;
  const admin = { tags, security, middleware: access.admin };

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/parked',
      summary: 'Events that wait because a consumer failed, by projection and position',
      request: { query },
      responses: { 200: json(listOf(listedParked), 'The events'), ...problems(400, 401, 403) },
    }),
    (c) => {
      const { projection, key, error, ...asked } = c.req.valid('query');
      const { limit, after } = pageAsked(asked, cursors.parked);
      // One more than asked tells whether there is a next page.
      const found = engine.parked.list({
        limit: limit + 1,
        ...(after !== undefined && { after }),
        ...(projection !== undefined && { projection }),
        ...(key !== undefined && { key }),
        ...(error !== undefined && { error }),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = found.length > limit && last ? cursors.parked.encode(last) : null;
      return c.json({ items, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/parked/{projection}/{position}',
      summary: 'One of them, with what was recorded',
      request: { params: path },
      responses: { 200: json(shownParked, 'The event'), ...problems(400, 401, 403, 404) },
    }),
    async (c) => {
      const { projection, position } = c.req.valid('param');
      const known = projectionNames.find((name) => name === projection);
      const found = known && (await engine.parked.show(known, position));
      if (found === undefined) throw new FigtreeError('NOT_FOUND', `nothing is parked at ${position} in ${projection}`);
      return c.json(found, 200);
    },
  );
  addParkedActions(app, serving);
}

function addParkedActions(app: ServerApp, { engine, access }: Serving): void {
  const { operations } = engine;
  const admin = { tags, security, middleware: access.admin, method: 'post' } as const;

  app.openapi(
    createRoute({
      ...admin,
      path: '/admin/parked/redrive',
      summary: 'Tries what is selected again: each key from its first event on, in order',
      request: { query: selection.extend(actionQuery.shape) },
      responses: { 200: json(redriveReport, 'What became of it'), ...problems(400, 401, 403, 404, 503, 507) },
    }),
    async (c) => {
      const { reason, ...selected } = c.req.valid('query');
      noteReason(c, reason);
      return c.json(await operations.redriveParked(asked(selected)), 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      path: '/admin/parked/discard',
      summary: 'Takes what is selected out for good: this projection never gets it',
      request: { query: selection.extend(actionQuery.shape) },
      responses: { 200: json(discardReport, 'How many'), ...problems(400, 401, 403, 404, 503, 507) },
    }),
    async (c) => {
      const { reason, ...selected } = c.req.valid('query');
      noteReason(c, reason);
      return c.json(await operations.discardParked(asked(selected)), 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      path: '/admin/parked/{projection}/resume',
      summary: 'Lets a projection that pauses go on: what fails up to the head is parked',
      request: { params: path.pick({ projection: true }), query: actionQuery },
      responses: { 200: json(resumed, 'Up to where'), ...problems(400, 401, 403, 404, 503) },
    }),
    async (c) => {
      noteReason(c, c.req.valid('query').reason);
      const { projection: name } = c.req.valid('param');
      const projection = projectionNames.find((known) => known === name);
      if (projection === undefined) throw new FigtreeError('NOT_FOUND', `there is no projection ${name}`);
      return c.json(await operations.resumeProjection({ projection }), 200);
    },
  );
}

type Selection = z.output<typeof selection>;

/** What is not there is left out. */
function asked({ projection, position, event, key, error, all }: Selection) {
  return {
    ...(projection !== undefined && { projection: projection satisfies ProjectionName }),
    ...(position !== undefined && { position }),
    ...(event !== undefined && { event }),
    ...(key !== undefined && { key }),
    ...(error !== undefined && { error }),
    ...(all !== undefined && { all }),
  };
}
