import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as z from 'zod';
import { currentCorrelation } from '../../../events/correlation.ts';
import type { Door } from '../../../ports/quarantine.ts';
import { publishedSources, sourcesWithin } from '../../../producers/event-sources.ts';
import type { Access } from '../access.ts';
import { callerKey } from '../caller.ts';
import { BODY_BYTES_MAX, openBodyReader } from '../body.ts';
import { contentMode, structuredEvent } from '../cloud-event-modes.ts';
import type { ServerApp, ServerEnv, Serving } from '../env.ts';
import { exampleEvent } from '../recorded-event.ts';
import { json, problems } from '../responses.ts';
import { takeBody } from '../take-body.ts';
import { openTurns } from '../turns.ts';

const ingestReport = z
  .object({
    accepted: z.int().openapi({ description: 'Number of items accepted and durable' }),
    duplicates: z.int().openapi({ description: 'Number of items that had already been accepted; they change nothing' }),
    quarantined: z
      .int()
      .openapi({ description: 'Number of items refused and kept in quarantine until they are released' }),
    ignored: z.int().openapi({ description: 'Number of changes that produce no event of the catalog' }),
    position: z.int().openapi({ description: 'Position to pass as `after` to a read that must include these items' }),
    problems: z
      .array(
        z.object({
          index: z.int().openapi({ description: 'Zero-based index of the item in the request' }),
          id: z.string().optional(),
          code: z.string(),
          path: z.string().optional(),
          message: z.string(),
        }),
      )
      .openapi({ description: 'Problems of the refused items, at most 1,000' }),
  })
  .openapi('IngestReport', {
    example: {
      accepted: 1,
      duplicates: 0,
      quarantined: 1,
      ignored: 0,
      position: 16_713,
      problems: [
        { index: 1, id: 'a-1', code: 'EVENT_TYPE_UNKNOWN', path: 'type', message: 'type "a" is not in the catalog' },
      ],
    },
  });

const exampleChange = {
  _id: { _data: '8256CAB268000000012B022C0100296E5A1004' },
  operationType: 'delete',
  clusterTime: { $timestamp: { t: 1_456_124_520, i: 1 } },
  ns: { db: 'yubl', coll: 'yubls' },
  documentKey: { _id: { $oid: '56cab2686d8e7e14910889c1' } },
};

const changeSchema = {
  type: 'object',
  description: 'A MongoDB change-stream document in relaxed Extended JSON',
} as const;

interface PublishServing {
  readonly engine: Pick<Serving['engine'], 'ingest'>;
  readonly access: Pick<Access, 'publish'>;
  readonly metrics: Pick<Serving['metrics'], 'observeIngest'>;
}

/** The two doors. Both respond once accepted input is durable. */
export function addPublishRoutes(app: ServerApp, { engine, access, metrics }: PublishServing): void {
  const bodies = openBodyReader();
  const turns = openTurns();
  app.openAPIRegistry.registerComponent('schemas', 'LegacyChange', changeSchema);

  async function take(c: Context<ServerEnv>, door: Door, origin: string) {
    const { headers } = c.req.raw;
    const mode = door === 'events' ? contentMode(headers) : 'body';
    const prefix = c.get('sourcePrefix');
    const sources = prefix === undefined ? publishedSources : sourcesWithin(prefix);
    const from = { door, origin, correlation: currentCorrelation(), sources };
    const { ingest } = engine;
    const turn = turns.next;
    const work = async (sent: Uint8Array) => {
      const event = mode === 'binary' ? await structuredEvent(headers, sent, turn) : { body: sent };
      return 'refused' in event ? ingest.take([event.refused], from) : takeBody(event.body, from, { ingest, turn });
    };
    const caller = callerKey(c.get('caller'));
    const report = await bodies.withBody(c.req.raw, work, { ...(caller !== '' && { caller }) });
    metrics.observeIngest(door, report);
    return { ...report, problems: [...report.problems] };
  }

  app.openapi(
    createRoute({
      method: 'post',
      path: '/events',
      summary: 'Publish domain events',
      description:
        'Accepts events of the catalog in all content modes of CloudEvents over HTTP: structured, batched, and binary with the ' +
        'attributes in `ce-` headers. Attributes that can be derived may be omitted: `subject`, `partitionkey`, `sequence`, ' +
        '`dataschema`. Responds once all accepted events are durable.',
      ...publishing(access, { name: 'Event', example: exampleEvent(), more: cloudEvents }),
    }),
    async (c) => c.json(await take(c, 'events', 'POST /events'), 202),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/legacy/changes',
      summary: 'Publish changes of the legacy monolith',
      description:
        'Converts changes of the collections `users`, `relationships` and `yubls` to events. A change that is sent twice ' +
        'is converted once. Responds once all accepted changes are durable.',
      ...publishing(access, { name: 'LegacyChange', example: exampleChange }),
    }),
    async (c) => c.json(await take(c, 'legacy', 'POST /legacy/changes'), 202),
  );
}

interface JsonContent {
  readonly schema: Record<string, unknown>;
  readonly example?: unknown;
}

interface Published {
  readonly name: string;
  readonly example: unknown;
  readonly more?: (one: Record<string, unknown>, example: unknown) => Record<string, JsonContent>;
}

function cloudEvents(one: Record<string, unknown>, example: unknown): Record<string, JsonContent> {
  return {
    'application/cloudevents+json': { schema: one, example },
    'application/cloudevents-batch+json': { schema: { type: 'array', items: one }, example: [example] },
  };
}

// The route reads the body itself (by its text, whatever the content type is), so its schema is only for the document.
function publishing(access: Pick<Access, 'publish'>, { name, example, more = () => ({}) }: Published) {
  const one = { $ref: `#/components/schemas/${name}` };
  const schema = { oneOf: [one, { type: 'array' as const, items: one }] };
  const content = {
    'application/json': { schema, example },
    'application/x-ndjson': { schema: { type: 'string' as const }, example: `${JSON.stringify(example)}\n` },
    ...more(one, example),
  };
  return {
    tags: ['publish'],
    security: [{ publishKey: [] }, { apiKey: [] }],
    middleware: access.publish,
    request: {
      body: {
        description: `A single item, a JSON array or NDJSON; at most ${BODY_BYTES_MAX} bytes`,
        required: true,
        content,
      },
    },
    responses: {
      202: json(ingestReport, 'The accepted items are durable; refused items are in quarantine'),
      ...problems(400, 401, 403, 408, 413, 415, 503, 507),
    },
  };
}
