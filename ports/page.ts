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
