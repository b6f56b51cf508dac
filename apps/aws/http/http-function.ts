import { FigtreeError } from '../../../events/errors.ts';
import type { Logger } from '../../logger.ts';
import type { Access } from '../../server/access.ts';
import { allowedMethods } from '../../server/allowed-methods.ts';
import { openBareApp } from '../../server/bare-app.ts';
import type { ServerApp } from '../../server/env.ts';
import { openLifecycle } from '../../server/lifecycle.ts';
import { problemResponse } from '../../server/problem.ts';
import { apiPath } from './api-path.ts';
import { type HttpAnswer, httpAnswer } from './http-answer.ts';
import { readHttpEvent } from './http-event.ts';

export interface HttpFunctionParts {
  readonly access: Pick<Access, 'everywhere' | 'loopbackOnly'>;
  readonly log: Logger;
  readonly routes: (app: ServerApp) => void;
}

/** Takes any event and never rejects: what is no request over HTTP is answered REQUEST_INVALID. */
export type HttpFunction = (event: unknown, context?: unknown) => Promise<HttpAnswer>;

/** Every caller that reaches the function may ask. */
export const openToAll: Pick<Access, 'everywhere'> = { everywhere: [] };

/** Some routes of the HTTP interface as a Lambda function, behind an HTTP API, a REST API, a function URL or a load balancer.
 *  AUTH_REQUIRED if its access is that of a server without keys: that one trusts the header `host`, which tells a server on
 *  the loopback who asks, and here is whatever a client writes. */
export function httpFunction({ access, log, routes }: HttpFunctionParts): HttpFunction {
  if (access.loopbackOnly === true) {
    throw new FigtreeError('AUTH_REQUIRED', 'The function is reachable from outside, but no keys are set');
  }
  // What is measured of requests is in the lines that the edge logs: API Gateway counts and times them itself.
  const metrics = { observeRequest: () => {} };
  const app = openBareApp({ access, log, metrics, lifecycle: openLifecycle() });
  routes(app);
  const isRoute = (path: string) => allowedMethods(app, path).length > 0;

  return async (event, lambdaContext) => {
    const asked = readHttpEvent(event);
    if (asked === undefined) return httpAnswer(problemResponse(noRequest()), { multiValues: false });
    const { method, query, headers, body } = asked;
    // Who asks for what by which name is in the event; the URL has a host because a URL has one.
    const url = `http://function${apiPath(asked, isRoute)}${query === '' ? '' : `?${query}`}`;
    if (body === undefined) headers.delete('content-length');
    else headers.set('content-length', String(body.length));
    headers.delete('transfer-encoding');
    const withBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
    const request = new Request(url, { method, headers, ...(withBody && { body }) });
    const { requestContext } = event as { requestContext?: unknown };
    return httpAnswer(await app.fetch(request, { event, requestContext, lambdaContext }), asked);
  };
}

function noRequest(): FigtreeError {
  return new FigtreeError('REQUEST_INVALID', 'The event is not an HTTP request from API Gateway or a load balancer');
}
