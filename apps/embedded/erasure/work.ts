import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import type { PersonWords } from '../../../adapters/embedded/erasure/person-words.ts';
import type { SearchedFile } from '../../../adapters/embedded/erasure/word-search.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { type PauseMessage, servePauses } from '../live/commit-pauses.ts';
import type { ErasureAnswer, ErasureTask } from './erasure-thread.ts';
import type { WordSearch, WordSearchAnswer } from './word-search-process.ts';

export function collectWords(task: Omit<Extract<ErasureTask, { kind: 'collect' }>, 'kind'>): Promise<PersonWords> {
  return inThread({ kind: 'collect', ...task }) as Promise<PersonWords>;
}

export async function scrubFiles(task: Omit<Extract<ErasureTask, { kind: 'scrub' }>, 'kind'>): Promise<void> {
  await inThread({ kind: 'scrub', ...task });
}

/** Each try keeps the log locked for a moment, in which nothing is committed. */
export async function emptyLogWal(task: { readonly logPath: string }, file: Pick<DurableFile, 'pause'>): Promise<void> {
  await inThread({ kind: 'empty', ...task }, file);
}

function inThread(task: ErasureTask, file?: Pick<DurableFile, 'pause'>): Promise<ErasureAnswer> {
  const worker = new Worker(new URL('./erasure-thread.ts', import.meta.url), { workerData: task });
  const pauses = file && servePauses(file, (message) => worker.postMessage(message));
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ErasureAnswer | PauseMessage) => {
      if (message === 'pause' || message === 'go on') pauses?.heard(message);
      else resolve(message as ErasureAnswer);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      pauses?.gone();
      reject(new Error(`erasure-thread.ts has ended with ${code}`));
    });
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
