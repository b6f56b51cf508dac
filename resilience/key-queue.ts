import { createSemaphore } from './semaphore.ts';

/** Runs work of one key in order of arrival, and work of different keys concurrently. */
export interface KeyQueue {
  /** Settles like `work`, which begins once all earlier work of its key has settled. */
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

/** The same with backpressure: a source is not read faster than its work is done. */
export interface BoundedKeyQueue {
  /** Resolves once the work is accepted, when fewer than `atOnce` are pending. Rejects with the failure of earlier
   *  work. */
  take(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves once all accepted work is done; rejects like `take`. */
  done(): Promise<void>;
}

const SLOT = { bytes: 0 };

/** After a failure no waiting work begins: its key would be out of order. */
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
      // A source that waits to be accepted has to be rejected at once.
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
      // Never rejects.
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
