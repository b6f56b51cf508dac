import { handle } from 'hono/aws-lambda';
import type { Logger } from '../../logger.ts';
import type { Access } from '../../server/access.ts';
import { openBareApp } from '../../server/bare-app.ts';
import type { ServerApp } from '../../server/env.ts';
import { openLifecycle } from '../../server/lifecycle.ts';

export interface HttpFunctionParts {
  readonly access: Pick<Access, 'everywhere'>;
  readonly log: Logger;
  readonly routes: (app: ServerApp) => void;
}

export type HttpFunction = ReturnType<typeof handle>;

/** Whoever reaches the function may ask. */
export const openToAll: Pick<Access, 'everywhere'> = { everywhere: [] };

/** Some routes of the HTTP interface as a Lambda function, behind an HTTP API, a REST API or a function URL. */
export function httpFunction({ access, log, routes }: HttpFunctionParts): HttpFunction {
  // What is measured of requests is in the lines that the edge logs: API Gateway counts and times them itself.
  const metrics = { observeRequest: () => {} };
  const app = openBareApp({ access, log, metrics, lifecycle: openLifecycle() });
  routes(app);
  return handle(app);
}
