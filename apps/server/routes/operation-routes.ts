import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { KEY_RANGES } from '../../../events/key-range.ts';
import { projectionNames } from '../../projections/registry.ts';
import type { ServerApp, Serving } from '../env.ts';
import { readQuery } from '../parameters.ts';
import { json, problems } from '../responses.ts';
import { untilApplied } from '../wait.ts';

const tags = ['operation'];

const projection = z
  .object({
    name: z.enum(projectionNames),
    version: z.int(),
    position: z.int().openapi({ description: 'Position in the log up to which all events are applied' }),
    lagEvents: z.int().openapi({ description: 'Number of recorded events that are not applied yet' }),
    lagSeconds: z
      .number()
      .openapi({ description: 'Age in seconds of the oldest event that is not applied yet, 0 if there is none' }),
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
          'The range of partition keys (one of 16) whose oldest unapplied event has waited longest. Parked events count as not applied. For a long backlog, `lagEvents` is an estimate.',
      }),
    parked: z.int().openapi({ description: 'Number of events that wait because a consumer failed' }),
    parkedByConsumer: z
      .record(z.string(), z.int())
      .openapi({ description: 'Number of parked events by the consumer that failed at the first event of their key' }),
    oldestParkedSeconds: z
      .number()
      .openapi({ description: 'Seconds since the oldest parked event was parked, 0 if none is parked' }),
    discarded: z.int().openapi({ description: 'Number of parked events that were permanently discarded' }),
    pausedSince: z.string().optional().openapi({
      format: 'date-time',
      description: 'When the projection paused because a consumer fails at most events; absent if it is not paused',
    }),
    stalledSeconds: z
      .number()
      .optional()
      .openapi({ description: 'Seconds without progress while it was behind; absent if unknown' }),
    state: z.enum(['live', 'catching-up', 'stopped', 'stalled']).openapi({
      description:
        '`live`: all events are applied. `catching-up`: it is behind. `stopped`: it cannot write, or is paused. `stalled`: it is behind and has made no progress for some seconds.',
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
    head: z.int().openapi({ description: 'Position of the newest event, 0 if the log is empty', example: 16_712 }),
    projections: z.array(projection).readonly(),
    quarantined: z.int().openapi({ description: 'Number of items in quarantine', example: 0 }),
  })
  .openapi('Status');

const health = z.object({
  status: z.enum(['ok', 'degraded']).openapi({
    description: '`ok`: all projections are working. `degraded`: a projection has stopped, is paused or has stalled.',
  }),
});

/** The state of the service. Public even with keys: it contains no personal data. */
export function addOperationRoutes(app: ServerApp, { engine, metrics }: Serving): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/status',
      tags,
      summary: 'Get the status of the log and the projections',
      request: { query: readQuery },
      responses: { 200: json(status, 'The current status'), ...problems(400, 504) },
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
      summary: 'Check the health of the service',
      description:
        'Responds with 200 while the service is available, even if it is degraded, and with 503 while it shuts down.',
      responses: { 200: json(health, 'The service is healthy'), ...problems(503) },
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
      summary: 'Get metrics for Prometheus',
      responses: {
        200: {
          description: 'Metrics in the Prometheus text format',
          content: { 'text/plain': { schema: z.string() } },
        },
      },
    }),
    async (c) => c.text(await metrics.scrape(), 200, { 'content-type': metrics.contentType }),
  );
}
