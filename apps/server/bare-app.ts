import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { FigtreeError } from '../../events/errors.ts';
import type { Logger } from '../logger.ts';
import { allowedMethods } from './allowed-methods.ts';
import { edge, type EdgeParts } from './edge.ts';
import type { Access } from './access.ts';
import type { ServerApp, ServerEnv } from './env.ts';
import { oneStepRoutes } from './one-step-routes.ts';
import { isServerFault, problemResponse } from './problem.ts';

export interface BareAppParts extends EdgeParts {
  readonly access: Pick<Access, 'everywhere'>;
}

/** An app that has what every request passes, how failures are answered, and no route yet. */
export function openBareApp({ access, ...parts }: BareAppParts): ServerApp {
  const app: ServerApp = new OpenAPIHono<ServerEnv>();
  app.openapi = oneStepRoutes(app);
  app.onError((error, c) => answerFailure(error, c, parts.log));
  app.notFound((c) => problemResponse(notFound(app, c)));
  app.use(edge(parts), ...access.everywhere);
  return app;
}

function answerFailure(error: Error, c: Context<ServerEnv>, log: Logger): Response {
  // Who went away while his body was read gets no answer, and it is nobody's fault here.
  if (isServerFault(error) && !c.req.raw.signal.aborted) {
    log.error({ error, method: c.req.method, requestId: c.var.requestId }, 'request failed');
  }
  return problemResponse(error);
}

function notFound(app: ServerApp, c: Context): FigtreeError {
  const allow = allowedMethods(app, c.req.path);
  if (allow.length === 0) return new FigtreeError('NOT_FOUND', `There is no route ${c.req.path}`);
  return new FigtreeError('METHOD_NOT_ALLOWED', `${c.req.method} is not for ${c.req.path}`, {
    allow: allow.join(', '),
  });
}
