import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url));

export interface CliOptions {
  /** The data folder. */
  readonly data: string;
  /** The entry of another Figtree than this one. */
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The content of stdin, which then ends; undefined: nothing. */
  readonly input?: string | Uint8Array;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<CliResult>;
  stdout(): string;
  stderr(): string;
}

/** What a command gets of our environment: other settings must not affect the result. Each process would otherwise load the
 *  compiler of TypeScript for its first module, a third of its start; ./figtree sets the cache as well. */
export const commandEnvironment = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** Starts the real command line in a process of its own. */
export function startCli(words: readonly string[], { data, main = MAIN, env = {}, input }: CliOptions): CliProcess {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...commandEnvironment, FIGTREE_DATA: data, PORT: '0', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  // A command that does not read its input closes it.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, result, stdout: () => stdout, stderr: () => stderr };
}

export function runCli(words: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(words, { input: '', ...options }).result;
}

/** Waits until `found` returns something; fails with the output of the process if it ends before. */
export async function eventually<Found>(
  process: CliProcess,
  found: () => Found | undefined | Promise<Found | undefined>,
) {
  for (;;) {
    const value = await found();
    if (value !== undefined) return value;
    if (process.child.exitCode !== null) throw new Error(`ended too early: ${process.stdout()}${process.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
