import type { Sequence } from '../events/sequence.ts';
import type { Page, PageQuery } from './page.ts';

/** Yubls, and the feeds that show them. */
export interface FeedReader {
  /** A user's feed, newest first by sequence (ties by yubl id, highest first): the newest `feedLength` yubls of the
   *  feed that rule 6 of ARCHITECTURE.md defines. Empty for a user who is unknown or left. */
  feed(userId: string, query: PageQuery<FeedCursor>): Promise<Page<FeedItem, FeedCursor>>;

  /** The same page, its items as the text of a JSON array: for a caller that only passes them on. */
  feedText(
    userId: string,
    query: PageQuery<FeedCursor>,
  ): Promise<{ readonly items: string; readonly next?: FeedCursor }>;

  /** Absent if it is unknown or deleted, or its author left. */
  yubl(yublId: string): Promise<FeedItem | undefined>;

  /** A user's own yubls, newest first. */
  yublsOf(userId: string, query: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>>;

  /** The total number of yubls that `yublsOf` lists. */
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
  /** The number of yubls on the pages before this one: a feed ends after `feedLength`. */
  readonly shown: number;
}
