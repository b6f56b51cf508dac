export interface BatchLimits<Item> {
  readonly countMax: number;
  /** Requires `bytesOf`. Default: no limit. */
  readonly bytesMax?: number;
  readonly bytesOf?: (item: Item) => number;
}

/** The items in order, in batches as large as the limits allow. An item that exceeds the size of a batch is a batch of
 *  its own. */
export function* batchesOf<Item>(items: Iterable<Item>, limits: BatchLimits<Item>): Generator<Item[], void> {
  const { countMax, bytesMax = Infinity, bytesOf = () => 0 } = limits;
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const more = bytesOf(item);
    if (batch.length === countMax || (batch.length > 0 && bytes + more > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
