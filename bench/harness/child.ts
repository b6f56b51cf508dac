import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ProcessRun {
  readonly stdout: string;
  /** From before it was started until it ended. */
  readonly seconds: number;
  /** Peak memory of all threads together (VmHWM); undefined without /proc. */
  readonly peakMiB: number | undefined;
}

const LOOK_MS = 25;

/** Runs a process to its end. The peak is read from /proc while it runs: it never decreases, so only what a process
 *  allocates in its last 25 ms is missed. */
export async function runProcess(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProcessRun> {
  const start = performance.now();
  const child = spawn(command, parameters, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  let peakMiB: number | undefined;
  const look = setInterval(() => (peakMiB = peakMemory(child.pid) ?? peakMiB), LOOK_MS);
  const closed = once(child, 'close');
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    const seconds = (performance.now() - start) / 1000;
    await closed;
    if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${code ?? signal}: ${stdout}`);
    return { stdout, seconds, peakMiB };
  } finally {
    clearInterval(look);
  }
}

function peakMemory(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}

/** A process that answers one question at a time. */
export interface Servant {
  ask<Answer>(question: object): Promise<Answer>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Starts a script that sends a message once it is ready and then answers every message with one, until it receives `{
 *  end: true }`. Also returns its first message. */
export async function startServant(
  script: URL,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Servant & { readonly ready: unknown }> {
  const child = fork(fileURLToPath(script), parameters, { env: { ...process.env, ...environment } });
  const name = script.pathname.split('/').at(-1) ?? '';
  const ready = await answerOf(child, name);
  return {
    ready,
    async ask<Answer>(question: object) {
      const answer = answerOf(child, name);
      child.send(question);
      return (await answer) as Answer;
    },
    async stop() {
      const exit = once(child, 'exit');
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send({ end: true });
      const [code] = (await exit) as [number | null];
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
    },
  };
}

function answerOf(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`${name} ended with ${code}`));
    child.once('exit', died);
    child.once('message', (answer) => {
      child.off('exit', died);
      resolve(answer);
    });
  });
}
