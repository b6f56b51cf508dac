import { defined } from '../../../events/defined.ts';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { IndexedUser } from '../../../ports/search-index.ts';
import type { Item, ItemKey } from '../dynamo/item.ts';

// The searchable documents, as the table stores them and search engines receive them. Items:
//
//   U#<userId>   U            a user, or a mark that they left
//   U#<userId>   Y#<yublId>   a yubl of the user, to be removed when they leave
//   Y#<yublId>   Y            a yubl, or a mark that it was removed
//
// CloudSearch adds items of its own (cloudsearch/queue.ts, cloudsearch/turns.ts).

export type SearchDocument = UserDocument | YublDocument;

export interface UserDocument {
  readonly kind: 'user';
  readonly id: string;
  /** Incremented with each change, so that an engine can tell which of two is newer. */
  readonly version: number;
  /** The most names that any version of the user had. */
  readonly slots: number;
  /** Absent: the user left. */
  readonly user?: IndexedUser;
}

export interface YublDocument {
  readonly kind: 'yubl';
  readonly id: string;
  readonly version: number;
  /** Absent: it was removed. */
  readonly yubl?: FeedItem;
  /** Distinct, separated by single blanks. */
  readonly words: string;
}

/** Sends documents in their current state to a search engine. Resolves once the engine is sure to get them, or newer
 *  ones; until then the event that changed them is not handled, and is delivered again. */
export type NotifyEngine = (documents: readonly SearchDocument[]) => Promise<void>;

export const userKey = (userId: string): ItemKey => ({ pk: `U#${userId}`, sk: 'U' });
export const yublKey = (yublId: string): ItemKey => ({ pk: `Y#${yublId}`, sk: 'Y' });

export const AUTHORED = 'Y#';
export const authoredItem = (authorId: string, yublId: string): Item => ({
  pk: `U#${authorId}`,
  sk: `${AUTHORED}${yublId}`,
});

// A yubl has two versions at most, so its removal needs no read.
const YUBL_THERE = 1;
const YUBL_GONE = 2;

export function userItem({ id, version, slots, user }: UserDocument): Item {
  return { ...userKey(id), v: version, slots, ...(user === undefined ? { left: true } : { user }) };
}

export function readUserItem(id: string, item: Item): UserDocument {
  const { v, slots, user } = item as unknown as { v: number; slots: number; user?: IndexedUser };
  return { kind: 'user', id, version: v, slots, ...defined({ user }) };
}

export function yublDocument(yubl: FeedItem, words: string): YublDocument {
  return { kind: 'yubl', id: yubl.yublId, version: YUBL_THERE, yubl, words };
}

export function goneYubl(yublId: string): YublDocument {
  return { kind: 'yubl', id: yublId, version: YUBL_GONE, words: '' };
}

export function yublItem({ id, version, yubl, words }: YublDocument): Item {
  return { ...yublKey(id), v: version, ...(yubl === undefined ? { gone: true } : { ...yubl, words }) };
}

export function readYublItem(id: string, item: Item): YublDocument {
  if (item['gone'] === true) return goneYubl(id);
  const { authorId, text, postedAt, sequence, words } = item as unknown as FeedItem & { words: string };
  return yublDocument({ yublId: id, authorId, text, postedAt, sequence }, words);
}
