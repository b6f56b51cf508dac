import { inThread } from '../../threads/single-calls.ts';
import type { AuditTask, Audited, AuditThread } from './audit-thread.ts';
import type { CatchUpListener, CatchUpTask, CatchUpThread, CaughtUp } from './catch-up-thread.ts';

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Events per second that it may do. */
  readonly rate?: () => number;
  readonly onPosition?: (position: number) => void;
}

/** Runs a task in a thread of low priority. If the signal fires, it resolves after the commit in hand with how far it came; an
 *  audit is done too soon to be interrupted. Rejects with the error that the thread met. */
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
