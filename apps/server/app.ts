import type { Config } from '../config.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ServedSite } from '../catalog-site/served-site.ts';
import type { Logger } from '../logger.ts';
import { projections } from '../projections/registry.ts';
import { openAccess } from './access.ts';
import { openBareApp } from './bare-app.ts';
import type { ServerApp, Serving } from './env.ts';
import { type Lifecycle, openLifecycle } from './lifecycle.ts';
import { openMetrics } from './metrics.ts';
import { addDocument } from './openapi.ts';
import { addCatalogRoutes } from './routes/catalog-routes.ts';
import { addEventRoutes } from './routes/event-routes.ts';
import { addOperationRoutes } from './routes/operation-routes.ts';
import { addParkedRoutes } from './routes/parked-routes.ts';
import { addPublishRoutes } from './routes/publish-routes.ts';
import { addQuarantineRoutes } from './routes/quarantine-routes.ts';
import { addRebuildRoutes } from './routes/rebuild-routes.ts';

export interface AppParts {
  readonly engine: Engine;
  readonly config: Pick<Config, 'auth'>;
  readonly log: Logger;
  /** Generates the pages of `/catalog`, which show what the engine's consumers read. */
  readonly drawSite: () => Promise<ServedSite>;
  /** Shared with the code that stops the server; without it, the app never stops. */
  readonly lifecycle?: Lifecycle;
}

/** The whole HTTP interface, without a server in front of it. */
export async function createApp(parts: AppParts): Promise<ServerApp> {
  const { engine, config, log, drawSite, lifecycle = openLifecycle() } = parts;
  const access = openAccess(config.auth, { log });
  const metrics = openMetrics(engine, lifecycle);
  const serving: Serving = { engine, access, metrics, lifecycle, log };
  const app = openBareApp(serving);
  addPublishRoutes(app, serving);
  for (const { api } of projections) (await api?.routes())?.(app, serving);
  addEventRoutes(app, serving);
  addOperationRoutes(app, serving);
  addQuarantineRoutes(app, serving);
  addRebuildRoutes(app, serving);
  addParkedRoutes(app, serving);
  addCatalogRoutes(app, drawSite);
  addDocument(app);
  return app;
}
