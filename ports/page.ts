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
