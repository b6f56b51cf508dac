import type { FeedItem } from '../../ports/feed-reader.ts';
import { PAGE_BYTES_MAX } from '../../ports/page.ts';

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

// Everything but the text: names, ids, a sequence, and an instant with as many digits as the door accepts.
const REST_BYTES_MAX = 2048;

/** A character of a text takes at most six bytes of JSON, when it is escaped. */
export const measuredYubl: Measured<FeedItem> = {
  bytesMax: ({ text }) => 6 * text.length + REST_BYTES_MAX,
  json: (item) => JSON.stringify(item),
};
