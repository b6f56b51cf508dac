import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import type { Remote } from '../../threads/channel.ts';

// A thread that needs the log's file for itself asks for a pause of the commits, and ends it.

export type PauseMethods = {
  /** Answered once the pause has begun. It ends an earlier one that is still on. */
  pause(): void;
  endPause(): void;
};

/** A pause that nobody has ended by then is over: what is committed afterwards waits for the lock as it would without pauses. */
const PAUSE_MS_MAX = 10_000;

export interface PauseServer {
  /** What the thread calls. */
  readonly methods: PauseMethods;
  /** To be called when the thread has ended, whether or not it ended its pause. */
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

/** Runs some work of a thread while nothing is committed. */
export async function duringPause<Result>(host: Remote<PauseMethods>, work: () => Result): Promise<Result> {
  await host.call('pause');
  try {
    return work();
  } finally {
    host.tell('endPause');
  }
}
