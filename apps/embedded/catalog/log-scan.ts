import { availableParallelism } from 'node:os';
import { openStoredEvents } from '../../../adapters/embedded/log/stored-events.ts';
import { joinedFindings, type StoredPlace, type ScanFindings } from '../../../schema-registry/check/log-scan.ts';
import { type Service, startService } from '../../threads/services.ts';
import type { LogScanThread, ScanTask } from './log-scan-thread.ts';

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Called now and then with the number of events that were read so far, and with that of all of them if it is known:
   *  of a log it is. */
  readonly onProgress?: (done: number, total?: number) => void;
  readonly threads?: number;
}

export interface ScanRun extends ScanFindings {
  /** The number of events read; not all of them if the signal was aborted. */
  readonly events: number;
}

const THREADS_MAX = 8;
// Starting a thread takes as long as reading some hundred thousand events.
const EVENTS_PER_THREAD = 200_000;
// Some milliseconds of work: short enough for a progress bar, and long enough for messages to cost nothing.
const TASK_EVENTS = 8000;
// While a thread works on one task, the next one is queued.
const TASKS_AHEAD = 2;

/** Reads every event of a log as the current code would. Events that are appended after the start are not read. */
export async function scanLog(path: string, options: ScanOptions): Promise<ScanRun & { readonly head: number }> {
  const stored = openStoredEvents(path);
  try {
    const head = stored.head();
    const threads = options.threads ?? Math.min(threadsMax(), Math.max(1, Math.ceil(head / EVENTS_PER_THREAD)));
    const onProgress = (done: number) => options.onProgress?.(done, head);
    const findings = await runScan(rangesOf(path, head), { ...options, threads, onProgress });
    const withTime = <Found extends { readonly first: StoredPlace }>(found: Found): Found => {
      const time = stored.timeOf(found.first.position);
      return time === undefined ? found : { ...found, first: { ...found.first, time } };
    };
    const failures = findings.failures.map(withTime);
    return { ...findings, failures, undeclared: findings.undeclared.map(withTime), head };
  } finally {
    stored.close();
  }
}

function threadsMax(): number {
  return Math.min(THREADS_MAX, availableParallelism());
}

async function* rangesOf(path: string, head: number): AsyncGenerator<ScanTask> {
  for (let after = 0; after < head; after += TASK_EVENTS) {
    yield { kind: 'range', path, after, upTo: Math.min(head, after + TASK_EVENTS) };
  }
}

/** Hands tasks to threads as they become free, and merges their findings. Rejects with the error of a thread or of the tasks
 *  themselves. */
export async function runScan(tasks: AsyncIterable<ScanTask>, options: ScanOptions): Promise<ScanRun> {
  const { signal, threads = threadsMax() } = options;
  const left = tasks[Symbol.asyncIterator]();
  const pool = Array.from({ length: threads }, openScanThread);
  let done = 0;

  // One after the other, because an archive is read piece by piece.
  let taking: Promise<unknown> = Promise.resolve();
  function next(): Promise<IteratorResult<ScanTask>> {
    const taken = taking.then(() => left.next());
    taking = taken.catch(() => {});
    return taken;
  }
  async function feed(opening: Promise<Service<LogScanThread>>): Promise<void> {
    const thread = await opening;
    for (;;) {
      if (signal.aborted) return;
      const { done: ended, value } = await next();
      if (ended) return;
      // Not `done += await`: that would add to what `done` was before the wait.
      const events = await thread.call('scan', value, value.kind === 'lines' ? [value.bytes.buffer] : []);
      done += events;
      options.onProgress?.(done);
    }
  }
  try {
    await Promise.all(pool.flatMap((thread) => Array.from({ length: TASKS_AHEAD }, () => feed(thread))));
    const findings = joinedFindings(await Promise.all(pool.map(async (thread) => (await thread).call('findings'))));
    return { ...findings, events: findings.types.reduce((sum, { events }) => sum + events, 0) };
  } finally {
    await Promise.allSettled(pool.map(async (thread) => (await thread).stop()));
    await left.return?.();
  }
}

function openScanThread(): Promise<Service<LogScanThread>> {
  return startService(new URL('./log-scan-thread.ts', import.meta.url), { resourceLimits: {} });
}
