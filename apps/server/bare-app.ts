import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { routePath } from 'hono/route';
import { FigtreeError } from '../../events/errors.ts';
import type { Logger } from '../logger.ts';
import { allowedMethods } from './allowed-methods.ts';
import { edge, type EdgeParts } from './edge.ts';
import type { Access } from './access.ts';
import { callerFields } from './caller.ts';
import type { ServerApp, ServerEnv } from './env.ts';
import { validatedRoutes } from './validated-routes.ts';
import { isRefusal, isServerFault, problemResponse } from './problem.ts';
import { openRefusalLog } from './refusal-log.ts';

export interface BareAppParts extends EdgeParts {
  readonly access: Pick<Access, 'everywhere'>;
}

/** An app with the middlewares of every request and error handling, but without routes. */
export function openBareApp({ access, ...parts }: BareAppParts): ServerApp {
  const app: ServerApp = new OpenAPIHono<ServerEnv>();
  app.openapi = validatedRoutes(app);
  const refused = openRefusalLog(parts.log);
  app.onError((error, c) => answerFailure(error, c, { log: parts.log, refused }));
  app.notFound((c) => problemResponse(notFound(app, c)));
  app.use(edge(parts), ...access.everywhere);
  return app;
}

interface Telling {
  readonly log: Logger;
  readonly refused: ReturnType<typeof openRefusalLog>;
}

function answerFailure(error: Error, c: Context<ServerEnv>, { log, refused }: Telling): Response {
  const { method } = c.req;
  const { requestId, caller } = c.var;
  // A client that disconnected while its body was read gets no answer, and the server is not at fault.
  if (isServerFault(error) && !c.req.raw.signal.aborted) {
    log.error({ error, method, requestId }, 'request failed');
  }
  if (isRefusal(error)) {
    const route = routePath(c, -1);
    refused(() => ({ method, route, code: error.code, why: error.message, requestId, ...callerFields(caller) }));
  }
  return problemResponse(error);
}

function notFound(app: ServerApp, c: Context): FigtreeError {
  const allow = allowedMethods(app, c.req.path);
  if (allow.length === 0) return new FigtreeError('NOT_FOUND', `There is no route ${c.req.path}`);
  return new FigtreeError('METHOD_NOT_ALLOWED', `Method ${c.req.method} is not allowed on ${c.req.path}`, {
    allow: allow.join(', '),
  });
}
