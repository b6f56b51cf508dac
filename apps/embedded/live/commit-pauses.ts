import type { MessagePort } from 'node:worker_threads';
import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';

// A thread that needs the log's file for itself asks for a pause of the commits, is told when it has begun, and says when it is
// over.

export type PauseMessage = 'pause' | 'paused' | 'go on';

/** A pause that nobody has ended by then is over: what is committed afterwards waits for the lock as it would without pauses. */
const PAUSE_MS_MAX = 10_000;

export interface PauseServer {
  /** What the thread has posted. */
  heard(message: unknown): void;
  /** The thread is gone, with or without its last word. */
  gone(): void;
}

export function servePauses({ pause }: Pick<DurableFile, 'pause'>, post: (message: PauseMessage) => void): PauseServer {
  let goOn = () => {};
  return {
    heard(message) {
      if (message === 'go on') goOn();
      if (message !== 'pause') return;
      goOn();
      void pause(async () => {
        const over = Promise.withResolvers<void>();
        goOn = over.resolve;
        post('paused');
        const limit = setTimeout(over.resolve, PAUSE_MS_MAX);
        await over.promise;
        clearTimeout(limit);
      });
    },
    gone: () => goOn(),
  };
}

/** Runs some work of a thread while nothing is committed. */
export async function duringPause<Result>(port: MessagePort, work: () => Result): Promise<Result> {
  const paused = new Promise<void>((resolve) => port.once('message', () => resolve()));
  port.postMessage('pause' satisfies PauseMessage);
  // 'stop' may come instead of 'paused': then the work waits for the lock itself.
  await paused;
  try {
    return work();
  } finally {
    port.postMessage('go on' satisfies PauseMessage);
  }
}
