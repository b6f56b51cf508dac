import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { KEY_RANGES } from '../../../ports/parking-lot.ts';
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
    worstKeyRange: z
      .object({
        range: z
          .int()
          .min(0)
          .max(KEY_RANGES - 1),
        lagEvents: z.int(),
        lagSeconds: z.number(),
      })
      .openapi({
        description:
          'The range of partition keys, of 16, whose oldest event waits longest; what is parked counts as not applied. Of a long backlog the events are an estimate',
      }),
    parked: z.int().openapi({ description: 'Events that wait because a handler threw' }),
    parkedByConsumer: z
      .record(z.string(), z.int())
      .openapi({ description: 'The same by the consumer that failed at the first of their key' }),
    oldestParkedSeconds: z.number().openapi({ description: '0 if nothing is parked' }),
    discarded: z.int().openapi({ description: 'Parked events that were taken out for good' }),
    pausedSince: z
      .string()
      .optional()
      .openapi({ format: 'date-time', description: 'Since when it pauses because a consumer fails at most events' }),
    stalledSeconds: z
      .number()
      .optional()
      .openapi({ description: 'For how long it has not got on while it was behind' }),
    state: z.enum(['live', 'catching-up', 'stopped', 'stalled']).openapi({
      description: 'stopped: it cannot write, or pauses. stalled: it is behind and has not got on for some seconds',
    }),
  })
  .openapi('ProjectionStatus', {
    example: {
      name: 'feed',
      version: 1,
      position: 16_712,
      lagEvents: 0,
      lagSeconds: 0,
      worstKeyRange: { range: 7, lagEvents: 3, lagSeconds: 61.5 },
      parked: 3,
      parkedByConsumer: { 'distribute-yubl': 3 },
      oldestParkedSeconds: 61.2,
      discarded: 0,
      stalledSeconds: 0,
      state: 'live',
    },
  });

const status = z
  .object({
    head: z.int().openapi({ description: 'Position of the newest event, 0 if there is none', example: 16_712 }),
    projections: z.array(projection).readonly(),
    quarantined: z.int().openapi({ example: 0 }),
  })
  .openapi('Status');

const health = z.object({
  status: z
    .enum(['ok', 'degraded'])
    .openapi({ description: 'degraded: a projection has stopped, pauses or stands still' }),
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
      const degraded = projections.some(({ state }) => state === 'stopped' || state === 'stalled');
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
