import { setTimeout as sleep } from 'node:timers/promises';
import { type FigtreeProcess, type Planted, startFigtree } from '../figtree-process.ts';

/** `figtree serve` in a separate process, listening. */
export interface RunningServer {
  readonly url: string;
  readonly process: FigtreeProcess;
  status(): Promise<ServerStatus>;
  /** Resolves once `when` holds for the status; rejects after 60 s. */
  until(words: string, when: (status: ServerStatus) => boolean): Promise<void>;
  /** Resolves once all projections have applied the whole log. */
  caughtUp(): Promise<void>;
  /** As an operator ends it. Rejects if it does not end properly. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

export interface ServerStatus {
  readonly head: number;
  readonly projections: readonly {
    readonly name: string;
    readonly lagEvents: number;
    readonly parked: number;
    readonly state: string;
  }[];
}

const LISTENING = /"url":"([^"]+)".*"msg":"listening"/;
const LOOK_MS = 20;
const PATIENCE_MS = 60_000;

export async function serve(folder: string, planted?: Planted): Promise<RunningServer> {
  const running = startFigtree(folder, ['serve'], planted);
  const url = await running.line(LISTENING).catch(async (error: unknown) => {
    throw new Error(`the server did not start: ${(await running.ended).stderr}`, { cause: error });
  });

  async function status(): Promise<ServerStatus> {
    return (await (await fetch(`${url}/status`)).json()) as ServerStatus;
  }

  async function until(words: string, when: (status: ServerStatus) => boolean): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    let found = await status();
    while (!when(found)) {
      if (performance.now() > endMs) throw new Error(`waited in vain until ${words}: ${JSON.stringify(found)}`);
      await sleep(LOOK_MS);
      found = await status();
    }
  }

  return {
    url,
    process: running,
    status,
    until,
    caughtUp: () => until('caught up', ({ projections }) => projections.every(({ lagEvents }) => lagEvents === 0)),
    async end() {
      running.end();
      const { code, stderr } = await running.ended;
      if (code !== 0) throw new Error(`serve ended with ${code}: ${stderr}`);
    },
    async kill() {
      running.kill();
      await running.ended;
    },
  };
}

/** Runs a command to its end, and returns its output. Rejects if it fails. */
export async function command(folder: string, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await startFigtree(folder, words).ended;
  if (code !== 0) throw new Error(`figtree ${words.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}
