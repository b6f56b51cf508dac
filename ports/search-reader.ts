import type { FeedItem, YublCursor } from './feed-reader.ts';
import type { Page, PageQuery } from './page.ts';

/** Finds users and yubls by what was typed. */
export interface SearchReader {
  /** Users whose first name, last name or user name begins with `text`, case and accents folded; also users for whom
   *  every word of `text` begins one of the three. Best first: a name that equals `text`, then by name. */
  users(text: string, query: PageQuery<UserHitCursor>): Promise<Page<UserHit, UserHitCursor>>;

  /** Yubls that contain every word of `text`, newest first by sequence. */
  yubls(text: string, query: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>>;
}

export interface UserHit {
  readonly userId: string;
  readonly userName: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

export interface UserHitCursor {
  readonly token: string;
  readonly userId: string;
}
