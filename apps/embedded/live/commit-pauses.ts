import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import type { Remote } from '../../threads/channel.ts';

// A thread that needs exclusive access to the log's file pauses the commits, and ends the pause.

export type PauseMethods = {
  /** Resolves once the pause has begun. Ends an earlier pause. */
  pause(): void;
  endPause(): void;
};

/** A pause that is not ended times out: later commits then wait for the lock as they would without pauses. */
const PAUSE_MS_MAX = 10_000;

export interface PauseServer {
  /** The methods for the thread. */
  readonly methods: PauseMethods;
  /** Has to be called when the thread has ended, in case it has not ended its pause. */
  gone(): void;
}

export function servePauses({ pause }: Pick<DurableFile, 'pause'>): PauseServer {
  let end = () => {};
  return {
    methods: {
      pause() {
        end();
        void pause(async () => {
          const over = Promise.withResolvers<void>();
          end = over.resolve;
          const limit = setTimeout(over.resolve, PAUSE_MS_MAX);
          await over.promise;
          clearTimeout(limit);
        });
      },
      endPause: () => end(),
    },
    gone: () => end(),
  };
}

/** Runs a thread's work while commits are paused. */
export async function duringPause<Result>(host: Remote<PauseMethods>, work: () => Result): Promise<Result> {
  await host.call('pause');
  try {
    return work();
  } finally {
    host.tell('endPause');
  }
}
