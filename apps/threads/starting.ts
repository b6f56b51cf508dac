import { type ResourceLimits, Worker } from 'node:worker_threads';
import { defined } from '../../events/defined.ts';
import { type Methods, openChannel, type Remote } from './channel.ts';
import { createControl, type ThreadControl } from './control.ts';

export interface ThreadOptions {
  /** Passed to the thread as `input`. */
  readonly input?: unknown;
  /** Methods of this side that the thread can call. */
  readonly methods?: Methods;
  readonly resourceLimits?: ResourceLimits;
}

/** A thread from its start to its end. Calls wait until it serves; see joining.ts. */
export interface StartedThread<There extends Methods> extends Remote<There> {
  readonly control: ThreadControl;
  /** Resolves with the reason of its end, also after `terminate`. */
  readonly ended: Promise<unknown>;
  /** Undefined while it lives. */
  death(): unknown;
  terminate(): Promise<void>;
  /** Lets the process exit before the thread does. */
  unref(): void;
}

export function startThread<There extends Methods>(
  entry: URL,
  { input, methods = {}, resourceLimits }: ThreadOptions,
): StartedThread<There> {
  const control = createControl();
  const workerData = { input, control: control.memory };
  const worker = new Worker(entry, { workerData, ...defined({ resourceLimits }) });
  const { call, tell, heard, end } = openChannel<There>(
    (message, moved) => worker.postMessage(message, moved),
    methods,
  );
  const ended = Promise.withResolvers<unknown>();
  let death: unknown;
  const die = (reason: unknown) => {
    death ??= reason;
    // Its last messages may arrive after this and are then ignored.
    end(death);
    ended.resolve(death);
  };
  worker.on('message', heard);
  worker.on('messageerror', die);
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`the ${nameOf(entry)} ended unexpectedly with code ${code}`)));
  return {
    call,
    tell,
    control,
    ended: ended.promise,
    death: () => death,
    terminate: async () => void (await worker.terminate()),
    unref: () => worker.unref(),
  };
}

/** The name of an entry in words. */
export function nameOf(entry: URL): string {
  return fileOf(entry).replace(/-(thread|process)\.m?[jt]s$/, ' $1');
}

export function fileOf(entry: URL): string {
  return entry.pathname.split('/').at(-1) ?? '';
}
