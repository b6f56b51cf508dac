import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { projectionNames } from '../../projections/registry.ts';
import { noteReason } from '../caller.ts';
import type { ServerApp, Serving } from '../env.ts';
import { actionQuery, listQuery, once } from '../parameters.ts';
import {
  discardReport,
  listedParked,
  parkedCursor,
  projectionName,
  redriveReport,
  resumed,
  selection,
  shownParked,
} from '../parked-answers.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';

const tags = ['admin'];
const security = [{ token: ['admin'] }];
const ONE_SELECTOR = 'Select by exactly one of `position`, `event`, `key`, `error` and `all`.';

const query = listQuery.omit({ after: true }).extend({
  projection: projectionName.optional().openapi({ description: 'Return only events of this projection' }),
  key: once().optional().openapi({ description: 'Return only events with this partition key' }),
  error: once().optional().openapi({
    description: 'Return only events that failed with this code, or with an error that contains this text',
  }),
});

// As everywhere, an impossible position is treated as an unknown one; positions begin at 1.
const path = z.object({
  projection: z.string().openapi({ param: { name: 'projection', in: 'path' }, example: 'feed' }),
  position: z
    .string()
    .transform((text) => (/^[0-9]{1,15}$/.test(text) ? Number(text) : 0))
    .openapi({ param: { name: 'position', in: 'path' }, type: 'integer', example: 1 }),
});

/** Events that consumers could not handle, and operators' actions on them. */
export function addParkedRoutes(app: ServerApp, serving: Serving): void {
  const { engine, access } = serving;
  const admin = { tags, security, middleware: access.admin };

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/parked',
      summary: 'List parked events, by projection and position',
      description: 'An event is parked if a consumer fails to handle it; later events of its key wait behind it.',
      request: { query },
      responses: { 200: json(listOf(listedParked), 'A page of parked events'), ...problems(400, 401, 403) },
    }),
    (c) => {
      const { projection, key, error, ...asked } = c.req.valid('query');
      const { limit, after } = pageAsked(asked, parkedCursor);
      // One more than requested, to detect a next page.
      const found = engine.parked.list({
        limit: limit + 1,
        ...defined({ after, projection, key, error }),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = found.length > limit && last ? parkedCursor.encode(last) : null;
      return c.json({ items, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/parked/{projection}/{position}',
      summary: 'Get a parked event, including the event as recorded',
      request: { params: path },
      responses: { 200: json(shownParked, 'The parked event'), ...problems(400, 401, 403, 404) },
    }),
    async (c) => {
      const { projection, position } = c.req.valid('param');
      const known = projectionNames.includes(projection);
      const found = known ? await engine.parked.show(projection, position) : undefined;
      if (found === undefined)
        throw new FigtreeError('NOT_FOUND', `No event is parked at position ${position} in ${projection}`);
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
      summary: 'Retry parked events',
      description: `Retries each selected key from its first parked event on, in order. ${ONE_SELECTOR}`,
      request: { query: selection.extend(actionQuery.shape) },
      responses: { 200: json(redriveReport, 'The result of the retry'), ...problems(400, 401, 403, 404, 503, 507) },
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
      summary: 'Permanently discard parked events',
      description: `Discarded events are never processed by the projection. ${ONE_SELECTOR}`,
      request: { query: selection.extend(actionQuery.shape) },
      responses: {
        200: json(discardReport, 'The number of discarded events'),
        ...problems(400, 401, 403, 404, 503, 507),
      },
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
      summary: 'Resume a paused projection',
      description: 'Events that fail up to the current head of the log are parked.',
      request: { params: path.pick({ projection: true }), query: actionQuery },
      responses: {
        200: json(resumed, 'Whether the projection was paused, and up to which position failing events are parked'),
        ...problems(400, 401, 403, 404, 503),
      },
    }),
    async (c) => {
      noteReason(c, c.req.valid('query').reason);
      const { projection } = c.req.valid('param');
      if (!projectionNames.includes(projection))
        throw new FigtreeError('NOT_FOUND', `There is no projection ${projection}`);
      return c.json(await operations.resumeProjection({ projection }), 200);
    },
  );
}

type Selection = z.output<typeof selection>;

/** Leaves out absent fields. */
function asked({ projection, position, event, key, error, all }: Selection) {
  return defined({ projection, position, event, key, error, all });
}
