import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PORTS_TRIED = 3;
const STOP_TIMEOUT_MS = 5000;

export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly args: (port: number) => string[];
  readonly environment: (port: number) => Record<string, string>;
  /** Responds with any status once the server is ready. */
  readonly healthPath: string;
  readonly startTimeoutMs: number;
}

export interface ServerProcess {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts a server on a free loopback port and waits until it responds. It must end when its standard input does. Its
 *  output goes to a file in `folder`, whose end is in the error if it does not start. */
export async function startServer(command: ServerCommand, folder: string): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(command, folder);
    } catch (error) {
      // Another program may have taken the port since it was found free.
      if (attempt === PORTS_TRIED) throw error;
    }
  }
}

async function startOnce(command: ServerCommand, folder: string): Promise<ServerProcess> {
  const port = await freePort();
  const log = join(folder, `${command.name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(command.program, command.args(port), {
    stdio: ['pipe', output, output],
    env: { ...process.env, ...command.environment(port) },
  });
  closeSync(output);
  child.stdin?.on('error', () => undefined);
  const endpoint = `http://127.0.0.1:${port}`;
  const end = Date.now() + command.startTimeoutMs;
  while (!(await answers(`${endpoint}${command.healthPath}`))) {
    if (!isRunning(child) || Date.now() > end) {
      // Not by its standard input, which would also remove the folder of the run.
      child.kill('SIGKILL');
      throw new Error(`${command.name} did not start: ${lastLines(log)}`);
    }
    await pause(50);
  }
  return { endpoint, stop: () => stopServer(child) };
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(2000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trim().split('\n').slice(-4).join(' | ');
}
