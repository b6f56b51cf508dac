import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/figtree-emulators');
const COMMAND_TIMEOUT_MS = 480_000;

const execute = promisify(execFile);

/** Runs a program to its end. Returns its output; throws with the end of its error output. */
export async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, args, {
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    const complaint = `${stdout}${stderr}`.trim().split('\n').slice(-3).join(' | ');
    throw new Error(complaint === '' ? message : `${program} ${args[0] ?? ''}: ${complaint}`, { cause: error });
  }
}

/** As `run`, but undefined if the program does not exist or fails. */
export async function tried(program: string, args: readonly string[]): Promise<string | undefined> {
  return run(program, args).catch(() => undefined);
}

export interface Installation {
  readonly name: string;
  /** Installed again when any of these changes. */
  readonly versions: readonly string[];
  readonly make: (folder: string) => Promise<void>;
}

/** Returns the folder of something that is installed once and kept. It appears atomically. Concurrent runs each install
 *  it, and the first result is kept. */
export async function installed({ name, versions, make }: Installation): Promise<string> {
  const hash = createHash('sha256').update(versions.join('\n')).digest('hex').slice(0, 12);
  const folder = join(CACHE, `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  process.stderr.write(`test:aws: installs ${name} once, into ${folder}\n`);
  const making = `${folder}.${process.pid}`;
  try {
    await mkdir(making, { recursive: true });
    await make(making);
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}
