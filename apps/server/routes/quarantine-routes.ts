import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { releaseEntries } from '../../../producers/release.ts';
import { noteReason } from '../caller.ts';
import { cursors } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { actionQuery, listQuery, readQuery } from '../parameters.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';
import { untilLogged } from '../wait.ts';

const tags = ['admin'];
const security = [{ token: ['admin'] }];

const listed = {
  id: z.int(),
  at: z.string().openapi({ format: 'date-time', description: 'When the item was first refused' }),
  door: z.enum(['legacy', 'events']).openapi({ description: 'Whether it was sent as a legacy change or as an event' }),
  origin: z.string().openapi({ description: 'File or route that the item came from' }),
  problem: z.object({ code: z.string(), path: z.string().optional(), message: z.string() }),
  truncated: z
    .boolean()
    .openapi({ description: 'Whether the text was too long to be kept whole; a truncated item cannot be released' }),
};

const example = {
  id: 1,
  at: '2016-02-22T07:02:00.000Z',
  door: 'legacy',
  origin: 'POST /legacy/changes',
  problem: { code: 'NOT_JSON', message: 'Unexpected end of JSON input' },
  truncated: false,
};

const listedEntry = z.object(listed).openapi('ListedQuarantineEntry', { example });

const entry = z
  .object({ ...listed, raw: z.string().openapi({ description: 'The item as it was sent' }) })
  .openapi('QuarantineEntry', { example: { ...example, raw: '{"operationType":"ins' } });

const release = z
  .object({
    id: z.int(),
    outcome: z.enum(['released', 'refused', 'truncated']),
    problem: z.object({ code: z.string(), path: z.string().optional(), message: z.string() }).optional(),
  })
  .openapi('Release', {
    description:
      '`released`: it was accepted and left the quarantine. `refused`: it failed again and stays, with this problem. `truncated`: its text was not kept completely, so the sender has to send it again.',
    example: { id: 1, outcome: 'released' },
  });

// As everywhere, an impossible id is treated as an unknown one; entries begin at 1.
const entryPath = z.object({
  id: z
    .string()
    .transform((text) => (/^[0-9]{1,15}$/.test(text) ? Number(text) : 0))
    .openapi({ param: { name: 'id', in: 'path' }, type: 'integer', example: 1 }),
});

/** Refused input, and its release after a fix. */
export function addQuarantineRoutes(app: ServerApp, { engine, access }: Serving): void {
  const { quarantine, ingest } = engine;
  const admin = { tags, security, middleware: access.admin };

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/quarantine',
      summary: 'List quarantine entries, oldest first',
      description: 'The items themselves are left out; get a single entry to see the item as it was sent.',
      request: { query: listQuery },
      responses: { 200: json(listOf(listedEntry), 'A page of quarantine entries'), ...problems(400, 401, 403, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilLogged(engine.progress, query.after);
      const { limit, after } = pageAsked(query, cursors.quarantine);
      // One more than requested, to detect a next page.
      const entries = await quarantine.list({ after: after?.id ?? 0, limit: limit + 1 });
      const items = entries.slice(0, limit).map(({ raw: _raw, ...rest }) => rest);
      const last = items.at(-1);
      const next = entries.length > limit && last ? cursors.quarantine.encode({ id: last.id }) : null;
      return c.json({ items, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'get',
      path: '/admin/quarantine/{id}',
      summary: 'Get a quarantine entry, including the item as it was sent',
      request: { params: entryPath, query: readQuery },
      responses: { 200: json(entry, 'The quarantine entry'), ...problems(400, 401, 403, 404, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilLogged(engine.progress, after);
      const { id } = c.req.valid('param');
      const found = await quarantine.get(id);
      if (found === undefined) throw unknownEntry(id);
      return c.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      ...admin,
      method: 'post',
      path: '/admin/quarantine/{id}/release',
      summary: 'Release a quarantine entry',
      description: 'Submits the item again and removes the entry if the item is accepted.',
      request: { params: entryPath, query: actionQuery },
      responses: { 200: json(release, 'The outcome of the release'), ...problems(400, 401, 403, 404, 503, 507) },
    }),
    async (c) => {
      noteReason(c, c.req.valid('query').reason);
      const { id } = c.req.valid('param');
      const [released] = await releaseEntries([id], { ingest, quarantine });
      if (released === undefined || released.outcome === 'unknown') throw unknownEntry(id);
      return c.json(released, 200);
    },
  );
}

function unknownEntry(id: number): FigtreeError {
  return new FigtreeError('NOT_FOUND', `There is no entry ${id} in quarantine`);
}
