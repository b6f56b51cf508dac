import type { Context } from 'hono';
import type { ServerApp } from './env.ts';
import { type Parsed, refuseInvalid } from './parameters.ts';

/** The part of a route's schemas that is needed here; parsing is synchronous. */
interface Schema {
  safeParse(value: unknown): Parsed;
}

interface RouteParameters {
  readonly query?: Schema;
  readonly params?: Schema;
  /** Names in lower case. */
  readonly headers?: Schema;
}

type AddRoute = ServerApp['openapi'];
type Route = Readonly<Parameters<AddRoute>[0]>;

/** Replaces `app.openapi`: adds the route to the same document, and validates its parameters with the same schemas, in
 *  one step with its handler. The library would add one middleware for the query and another for the path; the two
 *  together took longer than a page of a feed. Routes read bodies themselves. */
export function validatedRoutes(app: ServerApp): AddRoute {
  function add({ middleware, ...route }: Route, handler: (c: Context) => Promise<Response> | Response): ServerApp {
    app.openAPIRegistry.registerPath(route);
    const read = parametersReader((route.request ?? {}) as RouteParameters);
    const before = middleware === undefined ? [] : Array.isArray(middleware) ? middleware : [middleware];
    app.on([route.method], [route.path.replaceAll(/\/{(.+?)}/g, '/:$1')], ...before, (c) => {
      read(c);
      return handler(c);
    });
    return app;
  }
  // The library's type ties the handler to the schemas of its route, which are those that it is called with here.
  return add as unknown as AddRoute;
}

function parametersReader({ query, params, headers }: RouteParameters): (c: Context) => void {
  // Most requests have no query.
  const nothingAsked = query?.safeParse({});
  return (c) => {
    if (query !== undefined && nothingAsked !== undefined) {
      take(c, 'query', c.req.url.includes('?') ? query.safeParse(queryOf(c)) : nothingAsked);
    }
    if (params !== undefined) take(c, 'param', params.safeParse(c.req.param()));
    if (headers !== undefined) take(c, 'header', headers.safeParse(c.req.header()));
  };
}

function take(c: Context, target: 'query' | 'param' | 'header', parsed: Parsed): void {
  refuseInvalid(parsed);
  c.req.addValidatedData(target, parsed.data as object);
}

// A repeated parameter becomes an array, which no schema accepts.
function queryOf(c: Context): Record<string, string | string[] | undefined> {
  const found = Object.entries(c.req.queries());
  return Object.fromEntries(found.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
