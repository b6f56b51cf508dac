import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { projectionNames } from '../../projections/registry.ts';
import type { TracedRebuild } from '../../../engine/rebuild/rebuilds.ts';
import { openBodyReader } from '../body.ts';
import { noteReason } from '../caller.ts';
import type { ServerApp, Serving } from '../env.ts';
import { actionQuery, refuseInvalid } from '../parameters.ts';
import { json, problems } from '../responses.ts';

const tags = ['admin'];
const security = [{ token: ['admin'] }];
// Enough for any valid request, which has a few hundred bytes.
const REQUEST_BYTES_MAX = 16 * 1024;

// Without a gate: it would make the server read files and send its token to addresses from the request.
const rebuildRequest = z
  .strictObject({
    projections: z.array(z.enum(projectionNames)).min(1),
    until: z
      .string()
      .optional()
      .openapi({ description: 'Position or instant up to which to build; requires `swap: false`' }),
    swap: z.boolean().default(true).openapi({ description: 'Make the new versions live once they are verified' }),
    rate: z.int().min(1).optional().openapi({ description: 'Maximum number of events per second' }),
    onError: z
      .enum(['stop', 'park'])
      .default('stop')
      .openapi({ description: 'Whether to stop or to park an event that a consumer cannot handle' }),
    restart: z
      .boolean()
      .default(false)
      .openapi({ description: 'Discard the work of an interrupted rebuild and start over' }),
    reason: actionQuery.shape.reason,
  })
  .openapi('RebuildRequest', {
    example: { projections: ['feed'], swap: true, onError: 'stop', restart: false },
  });

const projection = z.object({
  name: z.enum(projectionNames),
  file: z.string(),
  stage: z.enum(['build', 'catch-up', 'verify', 'verified']),
  position: z.int(),
  target: z.int().openapi({ description: 'Position to reach, 0 until it is known' }),
  parked: z.int(),
  eventsPerSecond: z
    .number()
    .optional()
    .openapi({ description: 'Current speed; present while the rebuild runs in this server' }),
  etaSeconds: z.number().optional().openapi({ description: 'Estimated number of seconds until completion' }),
  verification: z
    .object({
      counts: z.record(z.string(), z.int()),
      digest: z.string(),
      live: z.enum(['equal', 'different', 'not comparable']),
    })
    .optional(),
});

const rebuild = z
  .object({
    id: z.string(),
    stage: z.enum(['building', 'swapping', 'swapped', 'built']),
    state: z.enum(['running', 'interrupted', 'failed', 'done']),
    startedAt: z.string().openapi({ format: 'date-time' }),
    seconds: z.number().openapi({ description: 'Total working time in seconds, over all runs' }),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    projections: z.array(projection),
  })
  .openapi('Rebuild', {
    example: {
      id: '20261125T011500000Z',
      stage: 'building',
      state: 'running',
      startedAt: '2026-11-25T01:15:00.000Z',
      seconds: 1.5,
      projections: [
        {
          name: 'feed',
          file: 'feed-20261125T011500000Z.db',
          stage: 'build',
          position: 9000,
          target: 16_712,
          parked: 0,
        },
      ],
    },
  });

const begun = z.object({ id: z.string(), resumed: z.boolean() });
const cancelled = z.object({
  id: z.string(),
  outcome: z.enum(['cancelled', 'done']).openapi({
    description: '`cancelled`: it was ended. `done`: it had already finished and is only removed from the list.',
  }),
});
const rolledBack = z.object({ position: z.int(), previous: z.string() });

const idPath = z.object({
  id: z.string().openapi({ param: { name: 'id', in: 'path' }, example: '20261125T011500000Z' }),
});
const namePath = z.object({
  name: z.string().openapi({ param: { name: 'name', in: 'path' }, example: 'feed' }),
});

/** Rebuilds of projections while they are served. */
export function addRebuildRoutes(app: ServerApp, serving: Serving): void {
  addAsking(app, serving);
  addChanging(app, serving);
}

function addAsking(app: ServerApp, { engine, access }: Serving): void {
  const admin = { tags, security, middleware: access.admin };
  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/rebuilds',
      summary: 'List rebuilds, newest first',
      description: 'Includes running, interrupted, failed and finished rebuilds.',
      responses: { 200: json(z.object({ items: z.array(rebuild) }), 'The rebuilds'), ...problems(401, 403) },
    }),
    (c) => c.json({ items: engine.rebuilds.list().map(documentOf) }, 200),
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/rebuilds/{id}',
      summary: 'Get a rebuild and its progress',
      request: { params: idPath },
      responses: { 200: json(rebuild, 'The rebuild'), ...problems(401, 403, 404) },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      const found = engine.rebuilds.list().find((each) => each.id === id);
      if (found === undefined) throw new FigtreeError('NOT_FOUND', `There is no rebuild ${id}`);
      return c.json(documentOf(found), 200);
    },
  );
}

function addChanging(app: ServerApp, { engine, access }: Serving): void {
  const bodies = openBodyReader();
  const admin = { tags, security, middleware: access.admin };
  app.openapi(
    createRoute({
      ...admin,
      method: 'post',
      path: '/admin/rebuilds',
      summary: 'Start or continue a rebuild of projections',
      description:
        'Builds new versions beside the live ones, then swaps them in. Continues an interrupted rebuild of the same kind.',
      request: { body: { content: { 'application/json': { schema: rebuildRequest } } } },
      responses: { 202: json(begun, 'Rebuild started'), ...problems(400, 401, 403, 408, 409, 413) },
    }),
    async (c) => {
      const asked = await bodies.withBody(c.req.raw, async (body) => requestIn(body), { bytesMax: REQUEST_BYTES_MAX });
      const { projections, until, rate, reason, ...rest } = asked;
      noteReason(c, reason);
      const started = await engine.rebuilds.start({
        ...rest,
        projections: [...new Set(projections)],
        ...defined({ until, rate }),
      });
      return c.json(started, 202);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'delete',
      path: '/admin/rebuilds/{id}',
      summary: 'Cancel a rebuild',
      description: 'Ends the rebuild and discards its work. The live versions are not changed.',
      request: { params: idPath, query: actionQuery },
      responses: { 200: json(cancelled, 'The rebuild has ended'), ...problems(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      noteReason(c, c.req.valid('query').reason);
      const { id } = c.req.valid('param');
      return c.json({ id, outcome: await engine.rebuilds.cancel(id) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'post',
      path: '/admin/projections/{name}/rollback',
      summary: 'Roll back a projection to its previous version',
      request: { params: namePath, query: actionQuery },
      responses: { 200: json(rolledBack, 'The previous version is live again'), ...problems(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      noteReason(c, c.req.valid('query').reason);
      const { name } = c.req.valid('param');
      if (!projectionNames.includes(name)) throw new FigtreeError('NOT_FOUND', `There is no projection ${name}`);
      const swapped = (await engine.rebuilds.rollback([name]))[name];
      if (swapped === undefined) throw new FigtreeError('NOT_FOUND', `Projection ${name} has no previous version`);
      return c.json(swapped, 200);
    },
  );
}

function requestIn(body: Uint8Array): z.output<typeof rebuildRequest> {
  let sent: unknown;
  try {
    sent = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new FigtreeError('REQUEST_INVALID', 'The body is not valid JSON');
  }
  const parsed = rebuildRequest.safeParse(sent);
  refuseInvalid(parsed);
  return parsed.data as z.output<typeof rebuildRequest>;
}

function documentOf({
  id,
  stage,
  startedAt,
  seconds,
  error,
  finishedAt,
  runningIn,
  projections,
  speeds,
}: TracedRebuild) {
  const state: z.output<typeof rebuild>['state'] =
    runningIn !== undefined ? 'running' : finishedAt !== undefined ? 'done' : error ? 'failed' : 'interrupted';
  return {
    id,
    stage,
    state,
    startedAt,
    seconds,
    ...defined({ error }),
    projections: projections.map(({ name, file, stage: at, position, target, parked, verification }) => {
      const seen = speeds?.get(name);
      return {
        name,
        file,
        stage: at,
        position: seen?.position ?? position,
        target: seen?.target ?? target,
        parked,
        ...(seen !== undefined && { eventsPerSecond: seen.eventsPerSecond }),
        ...(seen?.etaSeconds !== undefined && { etaSeconds: seen.etaSeconds }),
        ...(verification !== undefined && { verification: { ...verification, counts: { ...verification.counts } } }),
      };
    }),
  };
}
