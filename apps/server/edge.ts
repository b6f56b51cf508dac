import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { correlationOfHeaders } from '../../events/carriers/headers.ts';
import { withCorrelation } from '../../events/correlation.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ServerEnv, Serving } from './env.ts';
import { problemResponse } from './problem.ts';

export interface EdgeParts extends Pick<Serving, 'lifecycle' | 'log'> {
  readonly metrics: Pick<Serving['metrics'], 'observeRequest'>;
}

/** What every request passes, once in and once out: refused while stopping, counted, measured, told in the log, run
 *  inside its correlation. The answer has the request's own id in `x-request-id`, under which the log tells of it, and
 *  the flow's in `x-correlation-id` if the request named one; if it did not, each of its events begins a flow. */
export function edge({ lifecycle, metrics, log }: EdgeParts): MiddlewareHandler<ServerEnv> {
  async function answer(c: Context<ServerEnv>, next: () => Promise<void>, correlated: boolean): Promise<void> {
    const start = performance.now();
    await next();
    const milliseconds = performance.now() - start;
    const { method } = c.req;
    const { status } = c.res;
    const route = routeOf(c);
    metrics.observeRequest({ method, route, status, milliseconds });
    const details = () => ({ method, route, status, milliseconds, requestId: c.var.requestId });
    if (correlated && method === 'POST') log.info(details(), 'request');
    else if (log.debugs()) log.debug(details(), 'request');
  }

  return async (c, next) => {
    if (lifecycle.stopping()) return stopping();
    lifecycle.begin();
    try {
      const correlation = correlationOfHeaders(c.env?.incoming?.headers ?? Object.fromEntries(c.req.raw.headers));
      const requestId = randomUUID();
      c.set('requestId', requestId);
      const { correlationid, traceparent, baggage } = correlation;
      const correlated = (correlationid ?? traceparent ?? baggage) !== undefined;
      await (correlated ? withCorrelation(correlation, () => answer(c, next, true)) : answer(c, next, false));
      const { headers } = c.res;
      headers.set('x-request-id', requestId);
      if (correlationid !== undefined) headers.set('x-correlation-id', correlationid);
      headers.set('x-content-type-options', 'nosniff');
      if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    } finally {
      lifecycle.end();
    }
    return undefined;
  };
}

// Everything that matches no route matches the middlewares alone, and those stand at /*.
function routeOf(c: Context): string {
  const route = routePath(c, -1);
  return route === '/*' ? 'none' : route;
}

function stopping(): Response {
  const response = problemResponse(new FigtreeError('SHUTTING_DOWN', 'The server is about to stop'));
  response.headers.set('connection', 'close');
  return response;
}
