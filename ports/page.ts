/** A part of a list, and where the next part begins. */
export interface Page<Item, Cursor> {
  readonly items: Item[];
  /** Absent at the end of the list. */
  readonly next?: Cursor;
}

export interface PageQuery<Cursor> {
  readonly limit: number;
  readonly after?: Cursor;
}

/** Most bytes of JSON that the items of a page have together, whatever its limit; a single item may have more. Lambda
 *  returns the page as text, in which each byte may become two, and a load balancer accepts 1 MB of that. */
export const PAGE_BYTES_MAX = 500_000;

/** How to measure an item in bytes. */
export interface Measured<Item> {
  /** An upper bound of the length of `json`, cheap to compute. */
  readonly bytesMax: (item: Item) => number;
  readonly json: (item: Item) => string;
}

/** How many items, from the first, fit on one page: at least one if there are any, and `limit` at most. */
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
