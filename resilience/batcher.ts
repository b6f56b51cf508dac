import { batchesOf, type BatchLimits } from './batches.ts';
import { type RetryPolicy, startAttempts } from './retry.ts';

/** Sends single items in batches: items that are added in the same turn of the event loop, or within a time, are sent
 *  together. */
export interface Batcher<Item> {
  /** Resolves once the item was taken. Rejects with `failure` of the last error, or with the reason for which it was
   *  refused. */
  add(item: Item): Promise<void>;
}

export interface BatcherOptions<Item> extends BatchLimits<Item> {
  /** Sends one batch and returns the outcome of each item, in order. */
  readonly send: (items: readonly Item[]) => Promise<readonly ItemOutcome[]>;
  /** What to do if `send` rejects: send the same again, split the batch because a single item may be at fault, or give
   *  up. */
  readonly afterFailure: (error: unknown) => 'again' | 'split' | 'give-up';
  /** The error for callers whose item was not taken after all attempts. */
  readonly failure: (error: unknown) => Error;
  readonly retry: RetryPolicy;
  /** Number of concurrent batches. */
  readonly batchesAtOnce: number;
  /** How long a batch that is not full waits for more. Default: to the end of this turn of the event loop. */
  readonly lingerMs?: number;
  /** Items of one key are never in flight at the same time. Default: each item has its own key. */
  readonly keyOf?: (item: Item) => string;
  /** Which of two waiting items of one key is sent for both. Default: the later one. */
  readonly newest?: (waiting: Item, added: Item) => Item;
}

/** Taken; to be sent again, and why; or refused for good. */
export type ItemOutcome = 'taken' | { readonly again: unknown } | { readonly refused: Error };

interface Entry<Item> {
  item: Item;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createBatcher<Item>(options: BatcherOptions<Item>): Batcher<Item> {
  const { countMax, batchesAtOnce, lingerMs, keyOf, newest = (_, added) => added, bytesOf = () => 0 } = options;
  const limits = { ...options, bytesOf: ([, { item }]: Keyed<Item>) => bytesOf(item) };
  const waiting = new Map<unknown, Entry<Item>>();
  // A later item of a key has to win, so it waits until the earlier one has arrived.
  const onTheirWay = new Set<unknown>();
  let running = 0;
  let timer: NodeJS.Timeout | undefined;
  let thisTurn = false;

  function add(item: Item): Promise<void> {
    const key = keyOf === undefined ? Symbol() : keyOf(item);
    const known = waiting.get(key);
    if (known !== undefined) {
      known.item = newest(known.item, item);
      return known.done;
    }
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    waiting.set(key, { item, done, resolve, reject });
    schedule();
    return done;
  }

  function schedule(): void {
    if (lingerMs === undefined) {
      // Not earlier: a caller that writes in this turn may not have added everything yet.
      if (!thisTurn) setImmediate(flush, true);
      thisTurn = true;
    } else if (waiting.size >= countMax) flush(false);
    else timer ??= setTimeout(flush, lingerMs, true);
  }

  /** Starts full batches, and the last one too if it has waited long enough. */
  function flush(withRest: boolean): void {
    if (withRest) [timer, thisTurn] = [undefined, false];
    while (running < batchesAtOnce && (withRest || waiting.size >= countMax)) {
      const batch = takeBatch();
      if (batch.length === 0) break;
      running += 1;
      void settle(
        batch.map(([, entry]) => entry),
        options,
      ).finally(() => {
        running -= 1;
        for (const [key] of batch) onTheirWay.delete(key);
        // Items waiting now have already waited for the duration of a batch.
        flush(true);
      });
    }
    if (waiting.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  function takeBatch(): Keyed<Item>[] {
    const [batch = []] = batchesOf(free(), limits);
    for (const [key] of batch) {
      waiting.delete(key);
      if (keyOf !== undefined) onTheirWay.add(key);
    }
    return batch;
  }

  function* free(): Generator<Keyed<Item>, void> {
    for (const entry of waiting) if (!onTheirWay.has(entry[0])) yield entry;
  }

  return { add };
}

type Keyed<Item> = readonly [key: unknown, entry: Entry<Item>];

/** Sends until each entry is settled. Never rejects. */
async function settle<Item>(all: readonly Entry<Item>[], options: BatcherOptions<Item>): Promise<void> {
  const attempts = startAttempts(options.retry);
  let left = all;
  let error: unknown;
  do {
    const before = left.length;
    try {
      const outcomes = await options.send(left.map(({ item }) => item));
      left = left.filter((entry, place) => {
        const outcome = outcomes[place] ?? { again: new Error('the response does not match the request') };
        if (outcome === 'taken') entry.resolve();
        else if ('refused' in outcome) entry.reject(outcome.refused);
        else error = outcome.again;
        return outcome !== 'taken' && 'again' in outcome;
      });
      if (left.length === 0) return;
      // As long as some items are taken, the others are not given up.
      if (left.length < before) attempts.progressed();
    } catch (thrown) {
      error = thrown;
      const next = options.afterFailure(thrown);
      if (next === 'split' && left.length > 1) return settleHalves(left, options);
      if (next !== 'again') break;
    }
  } while (await attempts.again());
  for (const { reject } of left) reject(options.failure(error));
}

async function settleHalves<Item>(all: readonly Entry<Item>[], options: BatcherOptions<Item>): Promise<void> {
  const middle = Math.ceil(all.length / 2);
  await Promise.all([all.slice(0, middle), all.slice(middle)].map((half) => settle(half, options)));
}
