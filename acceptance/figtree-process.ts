import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandEnvironment } from '../testing/cli/cli-process.ts';

/** A command of Figtree in a separate process, on a data folder. */
export interface FigtreeProcess {
  /** Resolves with the rest of the first line of stdout that `pattern` matches; rejects if there will be none. */
  line(pattern: RegExp): Promise<string>;
  /** As by the kernel when memory runs out: nothing of the process runs any longer. */
  kill(): void;
  /** As an operator ends it. */
  end(): void;
  /** Resolves once it has ended, for whatever reason. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Modules to load into a process beside Figtree itself, in each of its threads. */
export interface Planted {
  readonly preload: URL;
  readonly env: Readonly<Record<string, string>>;
}

const MAIN = fileURLToPath(new URL('../apps/cli/main.ts', import.meta.url));

export function startFigtree(folder: string, args: readonly string[], planted?: Planted): FigtreeProcess {
  const env = { ...commandEnvironment, FIGTREE_DATA: folder, PORT: '0', ...planted?.env };
  const preload = planted === undefined ? [] : ['--import', planted.preload.href];
  const child = spawn(process.execPath, [...preload, MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: stdout.text(), stderr: stderr.text() }));
  });
  return {
    line: (pattern) => lineOf(child, stdout.text, pattern),
    kill: () => void child.kill('SIGKILL'),
    end: () => void child.kill('SIGTERM'),
    ended,
  };
}

function textOf(stream: NodeJS.ReadableStream): { readonly text: () => string } {
  const chunks: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => chunks.push(chunk));
  return { text: () => chunks.join('') };
}

function lineOf(child: ChildProcess, text: () => string, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = pattern.exec(text());
      if (match !== null) resolve(match[1] ?? match[0]);
    };
    look();
    child.stdout?.on('data', look);
    child.once('close', (code) => reject(new Error(`ended with ${code} before ${pattern}: ${text()}`)));
  });
}
