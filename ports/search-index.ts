import type { FeedItem } from './feed-reader.ts';
import type { Stored } from './stored.ts';
import type { Fold } from './relationship-store.ts';
import type { UserRecord } from './user-record.ts';

/** What the search projection keeps, and its writes. Each call is all or nothing. The index compares names and words as
 *  they are: folding case and accents, and what a word is, are decided by whoever calls. */
export interface SearchIndex {
  /** The user is found by the names that `fold` gives, and by no others. The same object means that nothing changes. Does
   *  nothing for a user who left. `fold` is pure and may be called again when another writer was faster. */
  changeUser(userId: string, fold: Fold<IndexedUser>): Stored<void>;

  /** He left: neither he nor his yubls are found any more, also those that come only later. */
  removeUser(userId: string): Stored<void>;

  /** The yubl is found by `words`, which are separated by single blanks. Does nothing if it is known already, if it was
   *  deleted, or if its author left. */
  addYubl(yubl: FeedItem, words: string): Stored<void>;

  /** The yubl is not found any more, also if it comes only later. */
  deleteYubl(yublId: string): Stored<void>;
}

export interface IndexedUser extends UserRecord {
  /** Distinct, at most NAMES_MAX, none of them empty; without control characters and U+10FFFF, which an index may use
   *  as marks. */
  readonly names: readonly string[];
}

export const NAMES_MAX = 3;
