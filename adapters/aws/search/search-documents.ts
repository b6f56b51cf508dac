import { defined } from '../../../events/defined.ts';
import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { IndexedUser } from '../../../ports/search-index.ts';
import type { Item, ItemKey } from '../dynamo/item.ts';

// What there is to be found, as the table keeps it and as search engines are told of it. Items:
//
//   U#<userId>   U            a user, or that he left
//   U#<userId>   Y#<yublId>   he posted it: for the day on which he leaves
//   Y#<yublId>   Y            a yubl, or that it is gone
//
// CloudSearch has items of its own beside them (cloudsearch/queue.ts, cloudsearch/turns.ts).

export type SearchDocument = UserDocument | YublDocument;

export interface UserDocument {
  readonly kind: 'user';
  readonly id: string;
  /** Grows by one with each change, so that an engine can tell the newer of two. */
  readonly version: number;
  /** The most names that any version of him had. */
  readonly slots: number;
  /** Absent: he left. */
  readonly user?: IndexedUser;
}

export interface YublDocument {
  readonly kind: 'yubl';
  readonly id: string;
  readonly version: number;
  /** Absent: it is gone. */
  readonly yubl?: FeedItem;
  /** Separated by single blanks, each of them once. */
  readonly words: string;
}

/** Tells a search engine of documents as they are in the table now. Resolves once it is sure that the engine gets them so, or
 *  newer; until then the event that changed them is not handled, and comes again. */
export type TellEngine = (documents: readonly SearchDocument[]) => Promise<void>;

export const userKey = (userId: string): ItemKey => ({ pk: `U#${userId}`, sk: 'U' });
export const yublKey = (yublId: string): ItemKey => ({ pk: `Y#${yublId}`, sk: 'Y' });

export const AUTHORED = 'Y#';
export const authoredItem = (authorId: string, yublId: string): Item => ({
  pk: `U#${authorId}`,
  sk: `${AUTHORED}${yublId}`,
});

// A yubl has two versions at most, so that saying that it is gone needs no look at what was there.
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
