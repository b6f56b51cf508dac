import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpBindings } from '@hono/node-server';
import type { Engine } from '../../engine/engine.ts';
import type { Logger } from '../logger.ts';
import type { Access } from './access.ts';
import type { RequestVariables } from './caller.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';

/** hono's types for each request. The bindings are absent without a Node server. */
export interface ServerEnv {
  Bindings: Partial<HttpBindings>;
  Variables: RequestVariables;
}

export type ServerApp = OpenAPIHono<ServerEnv>;

/** The dependencies of the routes. */
export interface Serving {
  readonly engine: Engine;
  readonly access: Access;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}
