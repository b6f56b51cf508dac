/** A piece of a list, and where the next piece begins. */
export interface Page<Item, Cursor> {
  readonly items: Item[];
  /** Absent at the end of the list. */
  readonly next?: Cursor;
}

export interface PageQuery<Cursor> {
  readonly limit: number;
  readonly after?: Cursor;
}

/** Bytes of JSON that the items of a page have together at most, whatever its limit; a single item may have more. Written into an
 *  answer of Lambda as text each byte may become two, and a load balancer takes 1 MB of that. */
export const PAGE_BYTES_MAX = 500_000;

/** How an item's bytes are told. */
export interface Measured<Item> {
  /** At least as many bytes as `json` gives, and quickly told. */
  readonly bytesMax: (item: Item) => number;
  readonly json: (item: Item) => string;
}

/** How many of the items, from the first, one page has room for: at least one if there are any, and `limit` at most. */
export function countFitting<Item>(items: readonly Item[], limit: number, { bytesMax, json }: Measured<Item>): number {
  const most = Math.min(limit, items.length);
  let bytes = 0;
  for (let count = 0; count < most; count += 1) bytes += bytesMax(items[count] as Item);
  if (bytes <= PAGE_BYTES_MAX) return most;
  bytes = 0;
  for (let count = 0; count < most; count += 1) {
    bytes += Buffer.byteLength(json(items[count] as Item)) + 1;
    if (bytes > PAGE_BYTES_MAX && count > 0) return count;
  }
  return most;
}
