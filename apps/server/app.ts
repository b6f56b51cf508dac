import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { FigtreeError } from '../../events/errors.ts';
import type { Config } from '../config.ts';
import type { Engine } from '../embedded/engine.ts';
import type { Logger } from '../logger.ts';
import { openAccess } from './access.ts';
import { allowedMethods } from './allowed-methods.ts';
import { edge } from './edge.ts';
import type { ServerApp, ServerEnv, Serving } from './env.ts';
import { type Lifecycle, openLifecycle } from './lifecycle.ts';
import { openMetrics } from './metrics.ts';
import { addDocument } from './openapi.ts';
import { oneStepRoutes } from './one-step-routes.ts';
import { isServerFault, problemResponse } from './problem.ts';
import { addCatalogRoutes } from './routes/catalog-routes.ts';
import { addEventRoutes } from './routes/event-routes.ts';
import { addFeedRoutes } from './routes/feed-routes.ts';
import { addOperationRoutes } from './routes/operation-routes.ts';
import { addParkedRoutes } from './routes/parked-routes.ts';
import { addPublishRoutes } from './routes/publish-routes.ts';
import { addQuarantineRoutes } from './routes/quarantine-routes.ts';
import { addRebuildRoutes } from './routes/rebuild-routes.ts';
import { addSearchRoutes } from './routes/search-routes.ts';
import { addUserRoutes } from './routes/user-routes.ts';

export interface AppParts {
  readonly engine: Engine;
  readonly config: Pick<Config, 'auth'>;
  readonly log: Logger;
  /** Shared with whoever stops it; without one it never stops. */
  readonly lifecycle?: Lifecycle;
}

/** The whole HTTP interface, without a server in front of it. */
export function createApp({ engine, config, log, lifecycle = openLifecycle() }: AppParts): ServerApp {
  const access = openAccess(config.auth);
  const metrics = openMetrics(engine, lifecycle);
  const serving: Serving = { engine, access, metrics, lifecycle, log };
  const app: ServerApp = new OpenAPIHono<ServerEnv>();
  app.openapi = oneStepRoutes(app);

  app.onError((error, c) => answerFailure(error, c, log));
  app.notFound((c) => problemResponse(notFound(app, c)));
  app.use(edge(serving), ...access.everywhere);
  addPublishRoutes(app, serving);
  addFeedRoutes(app, serving);
  addUserRoutes(app, serving);
  addSearchRoutes(app, serving);
  addEventRoutes(app, serving);
  addOperationRoutes(app, serving);
  addQuarantineRoutes(app, serving);
  addRebuildRoutes(app, serving);
  addParkedRoutes(app, serving);
  addCatalogRoutes(app);
  addDocument(app);
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
