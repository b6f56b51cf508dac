import type { Context } from 'hono';
import type { ServerApp } from './env.ts';
import { refuseInvalid } from './parameters.ts';

interface Parsed {
  readonly success: boolean;
  readonly data?: unknown;
}

/** What a route's schemas are for this: all of them parse at once, none of them waits. */
interface Schema {
  safeParse(value: unknown): Parsed;
}

/** What stands in for `app.openapi`: the route gets into the same document and its parameters through the same schemas, in
 *  one step with its handler. The library puts a middleware of its own before it for the query and another one for the path;
 *  the two together took longer than a page of a feed. Bodies are read by their routes. */
export function oneStepRoutes(app: ServerApp): ServerApp['openapi'] {
  const add = (
    { middleware, ...route }: Parameters<ServerApp['openapi']>[0],
    handler: (c: Context) => Promise<Response> | Response,
  ): ServerApp => {
    app.openAPIRegistry.registerPath(route);
    const read = parametersReader(route.request as { query?: Schema; params?: Schema } | undefined);
    const before = middleware === undefined ? [] : Array.isArray(middleware) ? middleware : [middleware];
    app.on([route.method], [route.path.replaceAll(/\/{(.+?)}/g, '/:$1')], ...before, (c) => {
      read(c);
      return handler(c);
    });
    return app;
  };
  return add as unknown as ServerApp['openapi'];
}

function parametersReader({ query, params }: { query?: Schema; params?: Schema } = {}): (c: Context) => void {
  // Most requests ask for nothing in particular.
  const nothingAsked = query?.safeParse({});
  const add = (c: Context, target: 'query' | 'param', parsed: Parsed) => {
    refuseInvalid(parsed as Parameters<typeof refuseInvalid>[0]);
    c.req.addValidatedData(target, parsed.data as object);
  };
  return (c) => {
    if (query !== undefined && nothingAsked !== undefined) {
      add(c, 'query', c.req.url.includes('?') ? query.safeParse(queryOf(c)) : nothingAsked);
    }
    if (params !== undefined) add(c, 'param', params.safeParse(c.req.param()));
  };
}

// A parameter that is given more than once is an array, which no schema takes.
function queryOf(c: Context): Record<string, string | string[] | undefined> {
  const found = Object.entries(c.req.queries());
  return Object.fromEntries(found.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
