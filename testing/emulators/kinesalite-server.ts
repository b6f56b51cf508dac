import { join } from 'node:path';
import { installed, run } from './installing.ts';
import type { ServerCommand } from './server-process.ts';

const PACKAGE = 'kinesalite@3.3.3';
const LAUNCH = join(import.meta.dirname, 'kinesalite.cjs');

/** Kinesis alone, from npm. It is no dependency: nobody but these tests should install it and what it stands on. */
export async function kinesalite(folder: string): Promise<ServerCommand> {
  const make = async (into: string) => {
    // Without scripts: they would compile a store that is not used.
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
