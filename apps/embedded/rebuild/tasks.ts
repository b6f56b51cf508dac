import { Worker } from 'node:worker_threads';
import { createRebuildControl } from './control.ts';
import type { Audited, AuditTask } from './audit-thread.ts';
import type { CatchUpTask, CaughtUp, TaskAnswer } from './catch-up-thread.ts';
import { receivedError } from '../threads/sent-errors.ts';

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Events per second that it may do. */
  readonly rate?: () => number;
  readonly onPosition?: (position: number) => void;
}

const LOOK_AT_RATE_MS = 100;

/** Runs a task in a thread of low priority. If the signal fires, it resolves after the commit in hand with how far it came; an
 *  audit is done too soon to be interrupted. Rejects with the error that the thread met. */
export function runTask(task: CatchUpTask, options: TaskOptions): Promise<CaughtUp>;
export function runTask(task: AuditTask, options: TaskOptions): Promise<Audited>;
export function runTask(task: CatchUpTask | AuditTask, { signal, rate = () => Infinity, onPosition }: TaskOptions) {
  const control = createRebuildControl();
  const stop = () => control.stop();
  control.setRate(rate());
  const timer = setInterval(() => control.setRate(rate()), LOOK_AT_RATE_MS);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const entry = task.kind === 'audit' ? './audit-thread.ts' : './catch-up-thread.ts';
  const worker = new Worker(new URL(entry, import.meta.url), {
    workerData: { task, control: control.memory },
  });
  return new Promise<CaughtUp | Audited>((resolve, reject) => {
    worker.on('message', (answer: TaskAnswer) => {
      if (answer.kind === 'position') onPosition?.(answer.position);
      else if (answer.kind === 'done') resolve(answer.result as CaughtUp | Audited);
      else reject(receivedError(answer.error));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('a rebuild thread ended unexpectedly')));
  }).finally(() => {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  });
}
