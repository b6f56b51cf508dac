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

/** Accepts any event and never rejects: an event that is no HTTP request is answered with REQUEST_INVALID. */
export type HttpFunction = (event: unknown, context?: unknown) => Promise<HttpAnswer>;

/** Admits every caller that can reach the function. */
export const openToAll: Pick<Access, 'everywhere'> = { everywhere: [] };

/** Some routes of the HTTP interface as a Lambda function, behind an HTTP API, a REST API, a function URL or a load
 *  balancer. Throws AUTH_REQUIRED if its access is that of a server without keys: that one trusts the header `host`,
 *  which identifies local requests on the loopback, but here is under the client's control. */
export function httpFunction({ access, log, routes }: HttpFunctionParts): HttpFunction {
  if (access.loopbackOnly === true) {
    throw new FigtreeError('AUTH_REQUIRED', 'The function is reachable from outside, but no keys are set');
  }
  // Measurements are in the edge's log lines: API Gateway counts and times requests itself.
  const metrics = { observeRequest: () => {} };
  const app = openBareApp({ access, log, metrics, lifecycle: openLifecycle() });
  routes(app);
  const isRoute = (path: string) => allowedMethods(app, path).length > 0;

  return async (event, lambdaContext) => {
    const asked = readHttpEvent(event);
    if (asked === undefined) return httpAnswer(problemResponse(noRequest()), { multiValues: false });
    const { method, query, headers, body } = asked;
    // Host and scheme are in the event; the host of this URL is a placeholder.
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
