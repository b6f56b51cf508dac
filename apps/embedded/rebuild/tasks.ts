import { inThread } from '../../threads/single-calls.ts';
import type { AuditTask, Audited, AuditThread } from './audit-thread.ts';
import type { CatchUpListener, CatchUpTask, CatchUpThread, CaughtUp } from './catch-up-thread.ts';

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** The maximum number of events per second. */
  readonly rate?: () => number;
  readonly onPosition?: (position: number) => void;
}

/** Runs a task in a thread of low priority. If the signal is aborted, it resolves after the current commit with its progress; an
 *  audit is too short to be interrupted. Rejects with the error of the thread. */
export function runTask(task: CatchUpTask, options: TaskOptions): Promise<CaughtUp>;
export function runTask(task: AuditTask, options: TaskOptions): Promise<Audited>;
export function runTask(task: CatchUpTask | AuditTask, { onPosition = () => {}, ...options }: TaskOptions) {
  if (task.kind === 'audit') {
    return inThread<AuditThread>(new URL('./audit-thread.ts', import.meta.url)).call('audit', task);
  }
  const methods: CatchUpListener = { position: onPosition };
  const entry = new URL('./catch-up-thread.ts', import.meta.url);
  return inThread<CatchUpThread>(entry, { ...options, onAbort: 'tell', methods }).call('catchUp', task);
}
