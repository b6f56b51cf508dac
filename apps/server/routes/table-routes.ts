import { createRoute } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { inputOfUser, pathParameters, type Query, type TableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { OpenTable } from '../../../projections/tables/open-tables.ts';
import type { ServerApp, Serving } from '../env.ts';
import { listQuery, readQuery } from '../parameters.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';
import { answering, placeCursor } from '../table-answers.ts';
import { untilApplied } from '../wait.ts';

/** What these routes need, which a function on AWS has as well. */
interface TableServing {
  readonly engine: { reader(name: string): object; readonly progress: Pick<Serving['engine']['progress'], 'reached'> };
  readonly access: Pick<Serving['access'], 'ownFeed' | 'admin'>;
}

/** The routes of a projection of tables: one per query, and one per table for its single rows. */
export function tableRoutes({ name, tables, queries }: OpenTableProjection) {
  return (app: ServerApp, serving: TableServing): void => {
    for (const { path } of queries.values()) requireFree(app, name, path);
    const { engine, access } = serving;
    const reader = engine.reader(name) as TableReader;
    for (const table of tables) addRowRoute(app, serving, { projection: name, table, reader });
    for (const [question, query] of queries) {
      const cursor = placeCursor(name, question);
      const answered = answering(query, cursor);
      const route = createRoute({
        method: 'get',
        path: query.path,
        tags: [name],
        summary: query.summary,
        ...securityOf(query),
        middleware: middlewareOf(query, access),
        request: requestOf(query),
        responses: responsesOf(query),
      });
      const answer = async (c: Context): Promise<Response> => {
        const asked = { ...(c.req.valid('param' as never) as object), ...(c.req.valid('query' as never) as Asked) };
        const { after, limit = 1, cursor: from, ...given } = asked;
        const input = inputOfUser(query, given);
        if (after !== undefined) await untilApplied(engine.progress, [name], after);
        const found = await reader.ask(question, input, pageAsked({ limit, cursor: from }, cursor));
        if (found === undefined) throw new FigtreeError('NOT_FOUND', `There is no such ${question}`);
        return c.json(answered(found), 200);
      };
      // The schemas of the route are known only where the query is declared.
      app.openapi(route, answer as never);
    }
  };
}

interface RowRoute {
  readonly projection: string;
  readonly table: OpenTable;
  readonly reader: TableReader;
}

/** Returns a row as it is stored, to administrators alone. */
function addRowRoute(app: ServerApp, { engine, access }: TableServing, { projection, table, reader }: RowRoute): void {
  const { name, keyFields: fields, columns } = table.layout;
  const route = createRoute({
    method: 'get',
    path: `/projections/${projection}/${name}/${fields.map((field) => `{${field}}`).join('/')}`,
    tags: [projection],
    summary: `Get a row of the table ${name}`,
    security: [{ token: ['admin'] }],
    middleware: access.admin,
    request: { params: z.object(Object.fromEntries(fields.map((field) => [field, z.string()]))), query: readQuery },
    responses: { 200: json(table.schema, 'The row as it is stored'), ...problems(400, 401, 403, 404, 504) },
  });
  const isText = (field: string) => columns.find((column) => column.name === field)?.kind === 'text';
  const answer = async (c: Context): Promise<Response> => {
    const { after } = c.req.valid('query' as never) as Asked;
    if (after !== undefined) await untilApplied(engine.progress, [projection], after);
    const asked = Object.entries<string>(c.req.valid('param' as never));
    const key = table.keyIn(
      Object.fromEntries(asked.map(([field, text]) => [field, isText(field) ? text : numberIn(text)])),
    );
    const row = key && (await reader.row(key));
    if (row === undefined) throw new FigtreeError('NOT_FOUND', `There is no such row of ${name}`);
    return c.json(row, 200);
  };
  app.openapi(route, answer as never);
}

/** Throws DECLARATION_INVALID if another projection has a route of this path: it would hide this one. */
function requireFree(app: ServerApp, projection: string, path: string): void {
  const taken = app.openAPIRegistry.definitions.some((each) => each.type === 'route' && each.route.path === path);
  if (taken)
    throw new FigtreeError('DECLARATION_INVALID', `projection ${projection}: another one has the path ${path}`);
}

function numberIn(text: string): number {
  return /^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
}

interface Asked {
  readonly after?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

function securityOf({ access }: Query) {
  if (access === 'everyone') return {};
  return { security: [{ token: access === 'admin' ? ['admin'] : [] }] };
}

function middlewareOf({ access: needed }: Query, access: TableServing['access']): MiddlewareHandler[] {
  if (needed === 'everyone') return [];
  return needed === 'user' ? access.ownFeed : access.admin;
}

function requestOf({ path, input, isList }: Query) {
  const parameters = pathParameters(path);
  const inPath = Object.entries(input.shape).filter(([field]) => parameters.includes(field));
  const inQuery = Object.entries(input.shape).filter(([field]) => !parameters.includes(field));
  const shared = isList ? listQuery : readQuery;
  return {
    params: z.object(Object.fromEntries(inPath)),
    query: inQuery.length === 0 ? shared : shared.extend(Object.fromEntries(inQuery)),
  };
}

function responsesOf({ answer, isList, access }: Query) {
  const found = isList ? json(listOf(answer), 'A page of the list') : json(answer, 'The answer');
  const refused = access === 'everyone' ? {} : problems(401, 403);
  return { 200: found, ...problems(400, 504), ...(isList ? {} : problems(404)), ...refused };
}
