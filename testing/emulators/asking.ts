import { existsSync, mkdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A test file must know while it is loaded whether its service is available, because that is when it skips. Loading
// cannot await a promise, so the file blocks: it leaves a question in the run's folder, and the process of the test
// run, which is another one, starts the server and puts the answer beside it.

/** How to reach a server, or why there is none. */
export type Answer = { readonly endpoint: string } | { readonly missing: string } | { readonly failed: string };

const POLL_MS = 10;

/** Blocks until the test run has answered. Throws after `timeoutMs`. */
export function ask(folder: string, name: string, timeoutMs: number): Answer {
  const answer = join(folder, `${name}.answer`);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  mkdirSync(join(folder, 'asked', name), { recursive: true });
  for (const end = Date.now() + timeoutMs; !existsSync(answer); Atomics.wait(sleeper, 0, 0, POLL_MS)) {
    if (Date.now() > end) throw new Error(`The test run did not say within ${timeoutMs} ms whether ${name} is there`);
  }
  return JSON.parse(readFileSync(answer, 'utf8')) as Answer;
}

/** Answers the questions in a folder, each name once. Returns a function that stops it. */
export function answerAsked(folder: string, answerOf: (name: string) => Promise<Answer>): () => void {
  const asked = join(folder, 'asked');
  mkdirSync(asked, { recursive: true });
  const known = new Set<string>();
  const answer = async (name: string) => {
    const answered = await answerOf(name);
    writeFileSync(join(folder, `${name}.writing`), JSON.stringify(answered));
    renameSync(join(folder, `${name}.writing`), join(folder, `${name}.answer`));
  };
  const watcher = watch(asked, (_event, name) => {
    if (name === null || known.has(name)) return;
    known.add(name);
    void answer(name);
  });
  return () => watcher.close();
}
