import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliProcess, eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { answerOf, differs, type Example } from '../../testing/documents/readme-examples.ts';

const root = join(import.meta.dirname, '../..');
const PATIENCE_MS = 90_000;

/** An operator's workplace: a folder with Figtree in it, and the data in .figtree. */
export interface OperatorPlace {
  readonly folder: string;
  readonly data: string;
  /** Starts the server, and resolves once it listens or has ended. */
  serve(env?: Readonly<Record<string, string>>): Promise<{ readonly url: string | undefined; readonly said: string }>;
  /** Starts a command that continues by itself. */
  start(...words: string[]): CliProcess;
  /** Runs one to its end. Rejects if it fails. */
  run(...words: string[]): Promise<string>;
  post(path: string, body: unknown): Promise<{ readonly status: number }>;
  /** The output of the example, and its exit code. */
  try(example: Example): Promise<Outcome>;
  /** Resolves when everything has ended. */
  afterwards(act: () => void): void;
  leave(): Promise<void>;
}

export interface Outcome {
  readonly printed: string;
  readonly code: number;
}

export function operatorPlace(sound: string): OperatorPlace {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-operator-'));
  const data = join(folder, '.figtree');
  cpSync(sound, data, { recursive: true });
  chmodSync(data, 0o700);
  for (const name of ['figtree', 'docs']) symlinkSync(join(root, name), join(folder, name));
  const started: CliProcess[] = [];
  const last: (() => void)[] = [];
  let url: string | undefined;

  function start(words: readonly string[], more: Readonly<Record<string, string>> = {}): CliProcess {
    const one = startCli(words, { data, env: more, input: '' });
    started.push(one);
    return one;
  }

  async function serve(more: Readonly<Record<string, string>> = {}) {
    const server = start(['serve'], more);
    const listening = () => /"url":"([^"]+)".*"msg":"listening"/.exec(server.stdout())?.[1];
    url = await eventually(server, listening).catch(() => undefined);
    return { url, said: server.stdout() + server.stderr() };
  }

  async function once({ command, answer }: Example): Promise<Outcome> {
    if (command === './figtree serve') {
      const { url: listens, said } = await serve();
      return { printed: said, code: listens === undefined ? 1 : 0 };
    }
    if (command.startsWith('curl ')) {
      return { printed: await answerOf(command, { from: 'localhost:4000', to: url ?? '' }, answer), code: 0 };
    }
    const running = started.filter(({ child }) => child.exitCode === null).map(({ result }) => result);
    const outcome = await shell(command, folder);
    if (command.startsWith('kill ')) await Promise.race(running);
    return outcome;
  }

  return {
    folder,
    data,
    serve,
    start: (...words) => start(words),
    async run(...words) {
      const { code, stdout, stderr } = await runCli(words, { data });
      if (code !== 0) throw new Error(`figtree ${words.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    post: (path, body) => fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) }),
    async try(example) {
      const endMs = performance.now() + PATIENCE_MS;
      for (;;) {
        const outcome = await once(example);
        // Reported states may take a moment to become true; actions run once.
        const looks = /^\.\/figtree (status|parked list)|^curl -s \S+\/health/.test(example.command);
        const asShown = example.answer === undefined || !differs(outcome.printed, example.answer);
        if (asShown || !looks || performance.now() > endMs) return outcome;
        await sleep(100);
      }
    },
    afterwards: (act) => void last.push(act),
    async leave() {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ result }) => result));
      for (const act of last) act();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function shell(command: string, folder: string): Promise<Outcome> {
  // It follows the log until it is ended.
  const follows = command.startsWith('./figtree tail');
  const words = follows ? `exec ${command} 2>&1` : `{ ${command}\n} 2>&1`;
  const env = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], PORT: '0', NO_COLOR: '1' };
  const child = spawn('sh', ['-c', words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (follows) child.kill('SIGINT');
    });
    child.once('error', reject).once('close', (code) => resolve({ printed, code: follows ? 0 : (code ?? 1) }));
  });
}
