import { fork, type Serializable } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Methods, openChannel, type Remote } from './channel.ts';
import { nameOf, startThread, type ThreadOptions } from './starting.ts';

export interface ThreadCallOptions extends Omit<ThreadOptions, 'input'> {
  readonly signal?: AbortSignal;
  /** 'terminate': the signal ends the thread at once, and the call rejects with the signal's reason. 'tell': the thread sees it
   *  in its `control` and answers early. */
  readonly onAbort?: 'terminate' | 'tell';
  /** Events per second that the thread may handle; read ten times a second. */
  readonly rate?: () => number;
  /** Lets the process exit before the thread does. */
  readonly unref?: boolean;
}

type Caller<There extends Methods> = Pick<Remote<There>, 'call'>;

const RATE_MS = 100;

/** Starts a thread for each call, and ends it before the call settles. Rejects with the error that the thread threw, also while
 *  it was loading, with ERR_WORKER_OUT_OF_MEMORY, or with an error of its own if the thread ends without an answer. */
export function inThread<There extends Methods>(entry: URL, options: ThreadCallOptions = {}): Caller<There> {
  const { signal, onAbort = 'terminate', rate, unref = false } = options;
  const throwIfEnded = () => (onAbort === 'terminate' ? signal?.throwIfAborted() : undefined);
  return {
    async call(name, ...sent) {
      throwIfEnded();
      const thread = startThread<There>(entry, options);
      const { control } = thread;
      if (unref) thread.unref();
      const abort = () => (onAbort === 'terminate' ? void thread.terminate() : control.stop());
      signal?.addEventListener('abort', abort);
      if (signal?.aborted === true) abort();
      const setRate = () => control.setRate(rate?.() ?? Infinity);
      setRate();
      const settingRate = rate === undefined ? undefined : setInterval(setRate, RATE_MS);
      try {
        return await thread.call(name, ...sent);
      } finally {
        clearInterval(settingRate);
        signal?.removeEventListener('abort', abort);
        await thread.terminate();
        throwIfEnded();
      }
    },
  };
}

/** The same with a process, which ends once it has answered. */
export function inProcess<There extends Methods>(entry: URL): Caller<There> {
  return {
    async call(name, ...sent) {
      const child = fork(fileURLToPath(entry), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [],
        serialization: 'advanced',
      });
      const { call, heard, end } = openChannel<There>((message) => void child.send(message as Serializable), {});
      child.on('message', heard).on('error', end);
      // 'exit' may come before the last message.
      child.on('close', (code) => end(new Error(`the ${nameOf(entry)} ended unexpectedly with code ${code}`)));
      try {
        return await call(name, ...sent);
      } finally {
        if (child.connected) child.disconnect();
      }
    },
  };
}
