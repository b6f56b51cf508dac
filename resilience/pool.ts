/** Works on items concurrently, up to a limit, started in order. */
export interface Pool<Item> {
  /** Resolves when all items have ended or were given up. */
  readonly done: Promise<void>;
  readonly running: ReadonlySet<Item>;
  /** Continues without waiting for the item. Its work is not stopped. */
  giveUp(item: Item): void;
  /** Starts no more items. */
  stop(): void;
}

/** `run` must not reject. */
export function startPool<Item>(items: Iterable<Item>, run: (item: Item) => Promise<void>, atOnce: number): Pool<Item> {
  const left = items[Symbol.iterator]();
  const running = new Set<Item>();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let stopped = false;

  function fill(): void {
    while (running.size < atOnce && !stopped) {
      const next = left.next();
      if (next.done === true) break;
      const item = next.value;
      running.add(item);
      void run(item).then(() => end(item));
    }
    if (running.size === 0) resolve();
  }

  function end(item: Item): void {
    if (running.delete(item)) fill();
  }

  fill();
  return { done, running, giveUp: end, stop: () => void (stopped = true) };
}

/** The results of `work` in the order of the items, with a limited number running. A failure is thrown when its item is
 *  next, and later items run to their end in the background. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  atOnce: number,
): AsyncGenerator<Result, void> {
  const underWay: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is not awaited before its turn, and an earlier one may fail first.
    result.catch(() => {});
    underWay.push(result);
    const first = underWay.length < atOnce ? undefined : underWay.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of underWay) yield await result;
}
