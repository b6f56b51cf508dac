import { join } from 'node:path';
import { installed, run } from './installing.ts';
import type { ServerCommand } from './server-process.ts';

const PACKAGE = 'kinesalite@3.3.3';
const LAUNCH = join(import.meta.dirname, 'kinesalite.cjs');

/** Kinesis only, from npm. It is not a dependency: only these tests should install it and its dependencies. */
export async function kinesalite(folder: string): Promise<ServerCommand> {
  const make = async (into: string) => {
    // Without scripts, which would compile an unused store.
    const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', '--prefix', into, ...options, PACKAGE]);
  };
  const installation = await installed({ name: 'kinesalite', versions: [PACKAGE], make });
  return {
    name: 'kinesalite',
    program: process.execPath,
    args: (port) => [LAUNCH, folder, String(port), installation],
    environment: () => ({}),
    healthPath: '/',
    startTimeoutMs: 60_000,
  };
}
