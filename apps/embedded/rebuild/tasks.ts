import { inThread } from '../../threads/single-calls.ts';
import type { AuditTask, Audited, AuditThread } from './audit-thread.ts';
import type { CatchUpListener, CatchUpTask, CatchUpThread, CaughtUp } from './catch-up-thread.ts';

export interface CatchUpOptions {
  readonly signal: AbortSignal;
  /** The maximum number of events per second. */
  readonly rate: () => number;
  readonly onPosition: (position: number) => void;
}

/** Catches up in a thread of low priority. If the signal is aborted, it resolves after the current commit with its
 *  progress. Rejects with the error of the thread. */
export function runCatchUp(task: CatchUpTask, { onPosition, ...options }: CatchUpOptions): Promise<CaughtUp> {
  const methods: CatchUpListener = { position: onPosition };
  const entry = new URL('./catch-up-thread.ts', import.meta.url);
  return inThread<CatchUpThread>(entry, { ...options, onAbort: 'tell', methods }).call('catchUp', task);
}

/** Audits in a thread of low priority, which is too short to be interrupted. Rejects with the error of the thread. */
export function runAudit(task: AuditTask): Promise<Audited> {
  return inThread<AuditThread>(new URL('./audit-thread.ts', import.meta.url)).call('audit', task);
}
