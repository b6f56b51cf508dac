/** Yields to other work for a turn of the event loop. */
export type Turn = () => Promise<void>;

/** Far above the number of real events that fit into a body; it limits the time that a body of empty objects costs. */
export const BODY_ITEMS_MAX = 250_000;

/** Counted as for one item. A body of 8 MiB of real events has less than half as many. */
export const BODY_VALUES_MAX = 1_000_000;

/** How many are ingested at once, unless one item alone has more. */
export const SLICE_ITEMS = 500;
export const SLICE_BYTES = 128 * 1024;
/** Half of one item's limit: many small objects with distinct shapes cost more than one large object. */
export const SLICE_VALUES = 5000;

/** Bytes scanned between two turns, and elements separated meanwhile. */
export const SCAN_BYTES = 256 * 1024;
export const SCAN_ELEMENTS = 20_000;
