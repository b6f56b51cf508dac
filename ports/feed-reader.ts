import type { Sequence } from '../events/sequence.ts';
import type { Measured, Page, PageQuery } from './page.ts';

/** Yubls, and who gets to see them. */
export interface FeedReader {
  /** A user's feed, newest first by sequence (equal ones by yubl id, highest first): the newest `feedLength` yubls that
   *  rule 6 of ARCHITECTURE.md gives him. Empty for a user who is unknown or left. */
  feed(userId: string, query: PageQuery<FeedCursor>): Promise<Page<FeedItem, FeedCursor>>;

  /** The same page, its items as the text of a JSON array: for whoever only hands them on. */
  feedText(
    userId: string,
    query: PageQuery<FeedCursor>,
  ): Promise<{ readonly items: string; readonly next?: FeedCursor }>;

  /** Absent if it is unknown or deleted, or its author left. */
  yubl(yublId: string): Promise<FeedItem | undefined>;

  /** What a user posted, newest first. */
  yublsOf(userId: string, query: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>>;

  /** How many yubls `yublsOf` lists in all. */
  yublCount(userId: string): Promise<number>;
}

export interface FeedItem {
  readonly yublId: string;
  readonly authorId: string;
  readonly text: string;
  readonly postedAt: string;
  readonly sequence: Sequence;
}

export interface YublCursor {
  readonly sequence: Sequence;
  readonly yublId: string;
}

export interface FeedCursor extends YublCursor {
  /** How many the pages before this one have shown: a feed ends after `feedLength`. */
  readonly shown: number;
}

// What stands beside the text: names, ids, a sequence, and an instant of any digits that the door takes.
const REST_BYTES_MAX = 2048;

/** A character of a text has six bytes of JSON at most, where it is written as an escape. */
export const measuredYubl: Measured<FeedItem> = {
  bytesMax: ({ text }) => 6 * text.length + REST_BYTES_MAX,
  json: (item) => JSON.stringify(item),
};
