import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../harness/benchmark.ts';
import { runProcess } from '../harness/child.ts';

export type PeerName = 'emmett' | 'redis';

export interface Peer {
  readonly name: PeerName;
  /** Runs in bench/peers, whose packages are not the project's. */
  readonly script: URL;
}

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));

/** The stores to compare with, and a sentence for each that is left out. */
export async function findPeers({ peers, say }: BenchContext): Promise<{ peers: Peer[]; missing: string[] }> {
  if (!peers) return { peers: [], missing: ['Emmett and Redis were left out: they are measured with --peers.'] };
  if (!existsSync(`${FOLDER}node_modules/ioredis`)) {
    say('installing bench/peers: sqlite3 is compiled, which takes a minute or two');
    // Emmett's packages ask for versions of each other that were never published together.
    await runProcess('npm', ['install', '--prefix', FOLDER, '--legacy-peer-deps', '--no-package-lock', '--no-audit']);
  }
  const emmett: Peer = { name: 'emmett', script: new URL('../peers/emmett-append.mjs', import.meta.url) };
  if (!hasRedis()) return { peers: [emmett], missing: ['Redis was left out: there is no redis-server on the path.'] };
  return {
    peers: [emmett, { name: 'redis', script: new URL('../peers/redis-append.mjs', import.meta.url) }],
    missing: [],
  };
}

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
