import type { FeedItem } from './feed-reader.ts';
import type { Stored } from './stored.ts';
import type { Fold } from './relationship-store.ts';
import type { UserRecord } from './user-record.ts';

/** The state of the search projection, and its writes. Each call is atomic. The index compares names and words as they
 *  are: the caller decides what a word is and folds case and accents. */
export interface SearchIndex {
  /** Makes the user findable by the names that `fold` returns, and by no others. The same object means that nothing
   *  changes. Does nothing for a user who left. `fold` is pure and may be called again when another writer was
   *  faster. */
  changeUser(userId: string, fold: Fold<IndexedUser>): Stored<void>;

  /** Removes a user who left, and all of their yubls, including those that arrive later. */
  removeUser(userId: string): Stored<void>;

  /** Makes the yubl findable by `words`, which are separated by single blanks. Does nothing if it is already known or
   *  was deleted, or if its author left. */
  addYubl(yubl: FeedItem, words: string): Stored<void>;

  /** Removes the yubl, even if it arrives later. */
  deleteYubl(yublId: string): Stored<void>;
}

export interface IndexedUser extends UserRecord {
  /** Distinct, at most NAMES_MAX, none of them empty; without control characters and U+10FFFF, which an index may use
   *  as separators. */
  readonly names: readonly string[];
}

export const NAMES_MAX = 3;
