import type { FeedItem, YublCursor } from './feed-reader.ts';
import type { Page, PageQuery } from './page.ts';
import type { UserHit, UserHitCursor } from './search-reader.ts';

/** The reading half of the search index. */
export interface SearchIndexReader {
  /** First the users with a name that begins with `prefix`, by the smallest such name; then the others for whom each of
   *  `words` begins a name, by the smallest that begins with the first word. Names are compared by code points, ties by
   *  user id. */
  users(names: NameQuery, query: PageQuery<UserHitCursor>): Promise<Page<UserHit, UserHitCursor>>;

  /** Yubls that contain all of `words` (at least one), newest first by sequence; ties by yubl id, highest first. */
  yubls(words: readonly string[], query: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>>;
}

export interface NameQuery {
  /** Not empty. */
  readonly prefix: string;
  /** At most NAMES_MAX, none a prefix of another, so that each needs a name of its own. Empty if the prefix suffices.
   *  The most selective one should be first. */
  readonly words: readonly string[];
}
