/** Lets everybody else have a turn of the event loop. */
export type Turn = () => Promise<void>;

/** Far above what fits of real events into a body; below it lies what a body of empty shells costs in time. */
export const BODY_ITEMS_MAX = 250_000;

/** Counted as for one item. A body of 8 MiB of real events has less than half as many. */
export const BODY_VALUES_MAX = 1_000_000;

/** What is taken in at once, unless one item alone is more. */
export const SLICE_ITEMS = 500;
export const SLICE_BYTES = 128 * 1024;
/** Half of what one item may have: many small objects, each of a shape of its own, cost more than one that is as large. */
export const SLICE_VALUES = 5000;

/** What is looked at byte by byte between two turns, and how many elements are told apart meanwhile. */
export const SCAN_BYTES = 256 * 1024;
export const SCAN_ELEMENTS = 20_000;
