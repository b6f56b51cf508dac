import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { asciiText } from '../../events/carriers/ascii-text.ts';
import { correlationOfHeaders } from '../../events/carriers/headers.ts';
import { withCorrelation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import { callerFields } from './caller.ts';
import type { ServerEnv, Serving } from './env.ts';
import { problemResponse } from './problem.ts';

export interface EdgeParts extends Pick<Serving, 'lifecycle' | 'log'> {
  readonly metrics: Pick<Serving['metrics'], 'observeRequest'>;
}

/** Applied to every request and response: refuses while stopping, counts, measures, logs, and sets the correlation. The
 *  response has the request's own id in `x-request-id`, which is also in the log, and the flow's in `x-correlation-id`
 *  if the request named one; otherwise each of its events begins a flow. Response headers are always valid, whatever
 *  was sent: characters that headers cannot contain are percent-encoded. */
// `c.get` throughout: `c.var` copies all variables each time.
export function edge({ lifecycle, metrics, log }: EdgeParts): MiddlewareHandler<ServerEnv> {
  async function answer(c: Context<ServerEnv>, next: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await next();
    const milliseconds = performance.now() - start;
    const { method } = c.req;
    const { status } = c.res;
    const route = routeOf(c);
    metrics.observeRequest({ method, route, status, milliseconds });
    const correlation = c.get('correlation');
    const logIt = () => logRequest(c, { method, route, status, milliseconds });
    if (c.get('admitted') && correlation?.baggage !== undefined) withCorrelation(correlation, logIt);
    else logIt();
  }

  function logRequest(c: Context<ServerEnv>, answered: Answered): void {
    const reason = c.get('reason');
    const details = () => ({
      ...answered,
      requestId: c.get('requestId'),
      ...callerFields(c.get('caller')),
      ...defined({ reason }),
    });
    if (isAlwaysLogged(c, answered)) log.info(details(), 'request');
    else if (log.debugs()) log.debug(details(), 'request');
  }

  return async (c, next) => {
    if (lifecycle.stopping()) return stopping();
    lifecycle.begin();
    try {
      const correlation = correlationOfHeaders(c.env?.incoming?.headers ?? Object.fromEntries(c.req.raw.headers));
      const requestId = randomUUID();
      c.set('requestId', requestId);
      const { baggage, ...anonymous } = correlation;
      const { correlationid } = anonymous;
      const correlated = (correlationid ?? anonymous.traceparent ?? baggage) !== undefined;
      if (correlated) c.set('correlation', correlation);
      await (correlated ? withCorrelation(anonymous, () => answer(c, next)) : answer(c, next));
      const { headers } = c.res;
      headers.set('x-request-id', requestId);
      if (correlationid !== undefined) headers.set('x-correlation-id', asciiText(correlationid));
      headers.set('x-content-type-options', 'nosniff');
      if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    } finally {
      lifecycle.end();
    }
    return undefined;
  };
}

interface Answered {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

// Logs changes whenever the caller or the flow is known. Refusals are logged by the refusal log.
function isAlwaysLogged(c: Context<ServerEnv>, { method, route }: Answered): boolean {
  if (method === 'GET' || method === 'HEAD' || !c.get('admitted')) return false;
  return c.get('caller') !== undefined || c.get('correlation') !== undefined || route.startsWith('/admin/');
}

// A request that matches no route matches only the middlewares, which are registered at /*.
function routeOf(c: Context): string {
  const route = routePath(c, -1);
  return route === '/*' ? 'none' : route;
}

function stopping(): Response {
  const response = problemResponse(new FigtreeError('SHUTTING_DOWN', 'The server is shutting down'));
  response.headers.set('connection', 'close');
  return response;
}
