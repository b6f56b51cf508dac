import { join } from 'node:path';
import type { BenchContext } from '../harness/benchmark.ts';
import { startServant } from '../harness/child.ts';
import { ircInput } from '../load/inputs.ts';
import { naiveFeeds } from '../load/naive-feeds.ts';
import { importInto } from '../load/run-import.ts';
import type { ServerQuestion } from './server-process.ts';

/** A running server, in a separate process. */
export interface Served {
  readonly port: number;
  /** The data folder. */
  readonly folder: string;
  /** The imported input. */
  readonly input: { readonly path: string; readonly words: string };
  ask<Answer>(question: ServerQuestion): Promise<Answer>;
  /** The JSON of a GET that must succeed. */
  get<Answer>(path: string): Promise<Answer>;
}

/** Imports the usual input into a fresh folder and serves it while `work` runs. */
export async function withServer<Result>(
  context: BenchContext,
  work: (served: Served) => Promise<Result>,
): Promise<Result> {
  const input = await ircInput(context);
  const folder = join(context.folder, 'data');
  context.say(`importing ${input.words}`);
  await importInto(folder, input.path, await naiveFeeds(input.path, { everyUser: Infinity }));
  const servant = await startServant(new URL('./server-process.ts', import.meta.url), [folder]);
  const { port } = servant.ready as { port: number };
  try {
    return await work({
      port,
      folder,
      input,
      ask: (question) => servant.ask(question),
      async get<Answer>(path: string) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as Answer;
      },
    });
  } finally {
    await servant.stop();
  }
}

interface StatusDocument {
  readonly head: number;
  readonly projections: readonly { readonly position: number }[];
}

const LOOK_AGAIN_MS = 50;

/** Waits until every projection has applied everything; returns the log's head. */
export async function caughtUp(served: Served): Promise<number> {
  for (;;) {
    const { head, projections } = await served.get<StatusDocument>('/status');
    if (projections.every(({ position }) => position >= head)) return head;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
