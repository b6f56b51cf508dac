import { createSemaphore } from './semaphore.ts';

/** Work of one key is done in the order in which it came, work of different keys side by side. */
export interface KeyQueue {
  /** Settles like `work`, which begins once all earlier work of its key has ended, well or badly. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

export function createKeyQueue(): KeyQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(key, work) {
      const before = last.get(key);
      const mine = before === undefined ? work() : before.then(work, work);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}

/** The same of a source that is to be held back: it is not read faster than its work is done. */
export interface BoundedKeyQueue {
  /** Resolves once the work is taken, which is when fewer than `atOnce` are. Rejects with what earlier work has failed by. */
  take(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves once everything that was taken is done; rejects like `take`. */
  done(): Promise<void>;
}

const SLOT = { bytes: 0 };

/** After a failure nothing that waits begins: its key would be in another order. */
export function createBoundedKeyQueue(atOnce: number): BoundedKeyQueue {
  const keys = createKeyQueue();
  const slots = createSemaphore<typeof SLOT>({ count: atOnce });
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  async function unlessFailed(work: () => Promise<void>): Promise<void> {
    try {
      if (failure === undefined) await work();
    } catch (error) {
      failure ??= { error };
      // A source that waits for its turn hears of it at once.
      slots.open();
    }
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    async take(key, work) {
      await new Promise<void>((resolve) => slots.acquire([SLOT], () => resolve()));
      throwFailure();
      // It never rejects.
      const doing = keys
        .run(key, () => unlessFailed(work))
        .finally(() => {
          running.delete(doing);
          slots.release(SLOT);
        });
      running.add(doing);
    },
    async done() {
      await Promise.all(running);
      throwFailure();
    },
  };
}
