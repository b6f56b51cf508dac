/** Items that are worked on side by side, so many at once, begun in their order. */
export interface Pool<Item> {
  /** Resolves when all have ended or were given up. */
  readonly done: Promise<void>;
  readonly running: ReadonlySet<Item>;
  /** Continues without waiting for it. Nothing stops what it still does. */
  giveUp(item: Item): void;
  /** Begins no more. */
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

/** What `work` returns for each item, in their order, with so many under way. A failure comes when it is its item's turn, and those
 *  behind it are left to end by themselves. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  atOnce: number,
): AsyncGenerator<Result, void> {
  const underWay: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Until its turn comes nobody awaits it, and one before it may fail first.
    result.catch(() => {});
    underWay.push(result);
    const first = underWay.length < atOnce ? undefined : underWay.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of underWay) yield await result;
}
