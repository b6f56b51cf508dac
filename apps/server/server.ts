import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { FigtreeError } from '../../events/errors.ts';
import { type Config, requireSafeListener, shortSecrets } from '../config.ts';
import type { Logger } from '../logger.ts';
import { type AppParts, createApp } from './app.ts';
import type { ServerApp } from './env.ts';
import { openLifecycle } from './lifecycle.ts';
import { documentOf } from './openapi.ts';
import { problemResponse } from './problem.ts';
import { takeRequestTarget } from './request-target.ts';

export interface ServerParts extends Pick<AppParts, 'engine' | 'log' | 'drawSite'> {
  readonly config: Pick<Config, 'auth' | 'host' | 'port'>;
  /** Adds further routes, for instance a benchmark's. */
  readonly extend?: (app: ServerApp) => void;
}

export interface RunningServer {
  /** For instance `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Stops accepting requests, waits for those in flight (at most `limitMs`, default 10 s), then ends the live tails
   *  and all other connections. Does not close the engine. */
  close(limitMs?: number): Promise<void>;
}

const LIMITS = {
  // A client that begins a request and stalls must not hold a connection.
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
};
const CONNECTIONS_MAX = 10_000;
// Heartbeats of live tails are more frequent, so this only ends connections whose client no longer reads.
const IDLE_SOCKET_MS = 120_000;
const CLOSE_LIMIT_MS = 10_000;
// The least time for the tails and the last responses to be sent completely.
const LAST_BYTES_MS = 500;

/** Resolves once it listens. Throws AUTH_REQUIRED or CONFIG_INVALID before it listens if that would not be safe, and
 *  Node's own error (EADDRINUSE, EACCES) if the address is not available. */
export async function openServer(parts: ServerParts): Promise<RunningServer> {
  const { engine, config, drawSite, extend } = parts;
  const log = parts.log.child('server');
  requireSafeListener(config);
  warnOfWeakKeys(config, log);
  const lifecycle = openLifecycle();
  const app = await createApp({ engine, config, log, drawSite, lifecycle });
  extend?.(app);
  documentOf(app);

  const listener = getRequestListener(app.fetch, {
    // HTTP/1.0 has no Host: this is only used to build a URL.
    hostname: 'localhost',
    errorHandler: (error) => refuseUnreadable(error, log),
  });
  const server = createServer(LIMITS, (request, response) => {
    if (takeRequestTarget(request, response)) void listener(request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = IDLE_SOCKET_MS;
  await listen(server, config);

  let closing: Promise<void> | undefined;
  return {
    url: urlOf(server.address() as AddressInfo),
    close(limitMs = CLOSE_LIMIT_MS) {
      closing ??= (async () => {
        const deadline = performance.now() + limitMs;
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        if (!(await lifecycle.drain(limitMs))) log.warn({ limitMs }, 'requests did not end in time');
        lifecycle.tails.abort();
        await endConnections(server, closed, Math.max(LAST_BYTES_MS, deadline - performance.now()));
      })();
      return closing;
    },
  };
}

async function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

// A kept-alive connection becomes idle only after its last response, so idle ones are closed repeatedly; the others are
// cut off after the limit.
async function endConnections(server: Server, closed: Promise<void>, limitMs: number): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), 10);
  const cutOff = setTimeout(() => server.closeAllConnections(), limitMs);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}

// The adapter cannot build a request from an invalid Host or target.
function refuseUnreadable(error: unknown, log: Logger): Response {
  if (error instanceof Error && error.name === 'RequestError') {
    return problemResponse(new FigtreeError('REQUEST_INVALID', error.message));
  }
  log.error({ error }, 'request failed');
  return problemResponse(error);
}

function warnOfWeakKeys({ auth, host }: Pick<Config, 'auth' | 'host'>, log: Logger): void {
  for (const { variable, problem } of shortSecrets(auth)) {
    log.warn({ host, variable }, `${variable} ${problem}: such a secret is accepted on the loopback only`);
  }
  for (const { name, sourcePrefix } of auth.publishKeys) {
    // Without the prefix, which is part of a secret if a key with colons was not meant to have one; this line reveals
    // that.
    if (sourcePrefix !== undefined) log.info({ publishKey: name }, 'publish key is limited to sources with its prefix');
  }
  if (auth.publishKeys.length > 0 && auth.jwt === undefined) {
    log.warn({}, 'no FIGTREE_JWT_SECRET and no FIGTREE_JWKS_URL: feeds and /admin are not accessible');
  }
  if (auth.publishKeys.length === 0 && auth.jwt !== undefined) {
    log.warn({}, 'no FIGTREE_PUBLISH_KEYS: publishing over HTTP is not possible');
  }
}
