import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { projectionNames } from '../../../ports/progress.ts';
import type { ServerApp, Serving } from '../env.ts';
import { readQuery } from '../parameters.ts';
import { json, problems } from '../responses.ts';
import { untilApplied } from '../wait.ts';

const tags = ['operation'];

const projection = z
  .object({
    name: z.enum(projectionNames),
    version: z.int(),
    position: z.int().openapi({ description: 'It has applied the log up to here' }),
    lagEvents: z.int(),
    lagSeconds: z.number().openapi({ description: 'Age of the oldest event that is not applied' }),
    parked: z.int().openapi({ description: 'Events that wait because a handler threw' }),
    state: z.enum(['live', 'catching-up', 'stopped']),
  })
  .openapi('ProjectionStatus', {
    example: { name: 'feed', version: 1, position: 16_712, lagEvents: 0, lagSeconds: 0, parked: 0, state: 'live' },
  });

const status = z
  .object({
    head: z.int().openapi({ description: 'Position of the newest event, 0 if there is none', example: 16_712 }),
    projections: z.array(projection).readonly(),
    quarantined: z.int().openapi({ example: 0 }),
  })
  .openapi('Status');

const health = z.object({
  status: z.enum(['ok', 'degraded']).openapi({ description: 'degraded: a projection has stopped and falls behind' }),
});

/** How it is. Open even with keys: there is nothing in it of anybody. */
export function addOperationRoutes(app: ServerApp, { engine, metrics }: Serving): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/status',
      tags,
      summary: 'Where the log and the projections are',
      request: { query: readQuery },
      responses: { 200: json(status, 'The status'), ...problems(400, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(engine.progress, projectionNames, after);
      return c.json(await engine.status(), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      tags,
      summary: 'Whether it can answer: 200, or 503 while it stops',
      responses: { 200: json(health, 'It can'), ...problems(503) },
    }),
    async (c) => {
      const { projections } = await engine.status();
      const degraded = projections.some(({ state }) => state === 'stopped');
      return c.json({ status: degraded ? ('degraded' as const) : ('ok' as const) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      tags,
      summary: 'Metrics for Prometheus',
      responses: { 200: { description: 'Prometheus text', content: { 'text/plain': { schema: z.string() } } } },
    }),
    async (c) => c.text(await metrics.scrape(), 200, { 'content-type': metrics.contentType }),
  );
}
