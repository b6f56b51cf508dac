import type { FeedItem, YublCursor } from './feed-reader.ts';
import type { Page, PageQuery } from './page.ts';
import type { UserHit, UserHitCursor } from './search-reader.ts';

/** The reading half of the search index. */
export interface SearchIndexReader {
  /** First the users of whom a name begins with `prefix`, by the smallest such name; then the others of whom each of
   *  `words` begins a name, by the smallest that begins with the first of them. Names are compared by code points; equal
   *  ones go by user id. */
  users(names: NameQuery, query: PageQuery<UserHitCursor>): Promise<Page<UserHit, UserHitCursor>>;

  /** Yubls that hold every one of `words` (at least one), newest first by sequence; equal ones by yubl id, highest
   *  first. */
  yubls(words: readonly string[], query: PageQuery<YublCursor>): Promise<Page<FeedItem, YublCursor>>;
}

export interface NameQuery {
  /** Not empty. */
  readonly prefix: string;
  /** At most NAMES_MAX, none of which begins another one, so that each needs a name of its own. None if the prefix says
   *  it all. The first one should be the one that fewest names begin with. */
  readonly words: readonly string[];
}
