import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../harness/benchmark.ts';
import { runProcess } from '../harness/child.ts';

export type PeerName = 'emmett' | 'redis';

export interface Peer {
  readonly name: PeerName;
  /** Runs in bench/peers, which has its own packages. */
  readonly script: URL;
}

interface Peers {
  readonly peers: readonly Peer[];
  /** Their versions, and why one of them is left out. */
  readonly remarks: readonly string[];
}

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));
const EMMETT: Peer = { name: 'emmett', script: new URL('../peers/emmett-append.mjs', import.meta.url) };
const REDIS: Peer = { name: 'redis', script: new URL('../peers/redis-append.mjs', import.meta.url) };

/** The stores to compare with. */
export async function findPeers({ peers, say }: BenchContext): Promise<Peers> {
  if (!peers) return { peers: [], remarks: ['Emmett and Redis were left out: they are measured with --peers.'] };
  await installPeers({ say });
  const { dependencies } = JSON.parse(readFileSync(`${FOLDER}package.json`, 'utf8')) as PackageFile;
  const emmett = `emmett: @event-driven-io/emmett-sqlite ${dependencies['@event-driven-io/emmett-sqlite']}, one stream per call.`;
  const version = redisVersion();
  if (version === undefined) {
    return { peers: [EMMETT], remarks: [emmett, 'Redis was left out: there is no redis-server on the path.'] };
  }
  const redis = `redis: Redis ${version}, a stream with appendfsync always, ioredis ${dependencies['ioredis']}, one pipeline per call.`;
  return { peers: [EMMETT, REDIS], remarks: [emmett, redis] };
}

/** Installs the packages of bench/peers. */
export async function installPeers({ say }: Pick<BenchContext, 'say'>): Promise<void> {
  if (existsSync(`${FOLDER}node_modules/ioredis`)) return;
  say('installing bench/peers: sqlite3 is compiled, which takes a minute or two');
  await runProcess('npm', ['install', '--prefix', FOLDER, '--no-package-lock', '--no-audit', '--no-fund']);
}

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
}

function redisVersion(): string | undefined {
  try {
    const text = execFileSync('redis-server', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /v=(\S+)/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
