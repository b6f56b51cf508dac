/** Work that is done side by side, but for what is of one key: that in the order in which it came. */
export interface KeyedWork {
  /** Resolves once the work is taken, which is when there is room. Rejects with what an earlier piece of work has failed by. */
  take(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves once everything that was taken is done; rejects like `take`. */
  done(): Promise<void>;
}

/** After a failure nothing that waits is begun any more: its key would be in another order. */
export function createKeyedWork(atOnce: number): KeyedWork {
  const last = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let failure: { readonly error: unknown } | undefined;

  async function run(before: Promise<void> | undefined, work: () => Promise<void>): Promise<void> {
    await before;
    try {
      if (failure === undefined) await work();
    } catch (error) {
      failure ??= { error };
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    async take(key, work) {
      while (running >= atOnce && failure === undefined) await new Promise<void>((resolve) => waiting.push(resolve));
      throwFailure();
      running += 1;
      const doing = run(last.get(key), work);
      last.set(key, doing);
      // It never rejects.
      void doing.finally(() => {
        if (last.get(key) === doing) last.delete(key);
      });
    },
    async done() {
      await Promise.all(last.values());
      throwFailure();
    },
  };
}
