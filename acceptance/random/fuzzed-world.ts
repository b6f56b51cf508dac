import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openEmbeddedEngine } from '../../apps/embedded/open-engine.ts';
import type { Engine } from '../../engine/engine.ts';
import { openLogger } from '../../apps/logger.ts';
import { openServer } from '../../apps/server/server.ts';
import { type Route, routesOf } from '../security/open-routes.ts';
import { type HttpClient, openHttpClient } from '../security/requests.ts';
import { drawSite } from '../../apps/embedded/catalog/drawn-site.ts';
import { RANDOM_SECRET } from './random-requests.ts';

/** The target of random inputs: one engine, served without keys and with keys. */
export interface FuzzedWorld {
  readonly folder: string;
  readonly engine: Engine;
  readonly open: Served;
  readonly keyed: Served;
  readonly routes: readonly Route[];
  /** Rejects unless both servers answer, and nothing was logged that no input may cause. */
  requireHealth(): Promise<void>;
  close(): Promise<void>;
}

export interface Served {
  readonly client: HttpClient;
  readonly port: number;
}

/** Lines of the log that no input may cause: an error, or a stack in any line. */
function isAlarm(line: string): boolean {
  return /"level":"(error|fatal)"/.test(line) || line.includes('"stack"') || /\\n\s+at /.test(line);
}

export async function openFuzzedWorld(): Promise<FuzzedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-random-'));
  const alarms: string[] = [];
  // At debug every request has a line. Lines are checked and not kept, so that memory reflects the server alone.
  const destination = { write: (line: string) => void (isAlarm(line) && alarms.length < 20 && alarms.push(line)) };
  const log = openLogger({ level: 'debug', destination });
  const rejected = (reason: unknown) => void alarms.push(`unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', rejected);
  const threadLogs = { level: 'silent', destination: 2 } as const;
  const options = { folder, feedLength: 800, celebrityFollowers: 10_000, logger: log, threadLogs };
  const engine = await openEmbeddedEngine(options);
  const host = { host: '127.0.0.1', port: 0 };
  const keys = { publishKeys: [{ name: 'random', key: 'a publish key that nobody guesses' }] };
  const servers = [
    await openServer({ engine, config: { ...host, auth: { publishKeys: [] } }, log, drawSite }),
    await openServer({ engine, config: { ...host, auth: { ...keys, jwt: { secret: RANDOM_SECRET } } }, log, drawSite }),
  ];
  const served = servers.map(({ url }) => ({ client: openHttpClient(url), port: Number(new URL(url).port) }));
  const [open, keyed] = served;
  if (open === undefined || keyed === undefined) throw new Error('two servers were opened');
  const document = await open.client.ask({ method: 'GET', path: '/openapi.json' });
  return {
    folder,
    engine,
    open,
    keyed,
    routes: routesOf(JSON.parse(document.text)),
    async requireHealth() {
      if (alarms.length > 0) throw new Error(`the log tells of what no input may cause:\n${alarms.join('\n')}`);
      for (const { client } of served) {
        const { status, text } = await client.ask({ method: 'GET', path: '/health' });
        if (status !== 200) throw new Error(`/health answers ${status} ${text}`);
      }
    },
    async close() {
      process.off('unhandledRejection', rejected);
      for (const { client } of served) client.close();
      for (const server of servers) await server.close(2000);
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use once nothing more can be collected. */
export async function bytesInUse(): Promise<number> {
  let least = Infinity;
  // What finalizers release is collected by the next round.
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
