import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PersonWords } from '../../adapters/embedded/erasure/person-words.ts';
import type { SearchedFile } from '../../adapters/embedded/erasure/word-search.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { ErasureAnswer, ErasureTask } from './erasure-thread.ts';
import type { WordSearch, WordSearchAnswer } from './word-search-process.ts';

export function collectWords(task: Omit<Extract<ErasureTask, { kind: 'collect' }>, 'kind'>): Promise<PersonWords> {
  return inThread({ kind: 'collect', ...task }) as Promise<PersonWords>;
}

export async function scrubFiles(task: Omit<Extract<ErasureTask, { kind: 'scrub' }>, 'kind'>): Promise<void> {
  await inThread({ kind: 'scrub', ...task });
}

/** Keeps the log locked: nothing can be committed meanwhile. */
export async function emptyLogWal(task: { readonly logPath: string }): Promise<void> {
  await inThread({ kind: 'empty', ...task });
}

function inThread(task: ErasureTask): Promise<ErasureAnswer> {
  const worker = new Worker(new URL('./erasure-thread.ts', import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', (code) => reject(new Error(`erasure-thread.ts has ended with ${code}`)));
  });
}

export function searchFiles(search: WordSearch): Promise<readonly SearchedFile[]> {
  const child = fork(fileURLToPath(new URL('./word-search-process.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  child.send(search);
  return new Promise((resolve, reject) => {
    child.once('message', (answer: WordSearchAnswer) => {
      if ('files' in answer) resolve(answer.files);
      else reject(new FigtreeError('FILE_UNREADABLE', answer.failed));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`word-search-process.ts has ended with ${code}`)));
  });
}
