import type { FeedItem } from '../../../ports/feed-reader.ts';
import type { Fold } from '../../../ports/relationship-store.ts';
import type { IndexedUser, SearchIndex } from '../../../ports/search-index.ts';
import { LOST, untilUncontended } from '../dynamo/contention.ts';
import type { Item } from '../dynamo/item.ts';
import { ITEM_BYTES_MAX, itemBytes } from '../dynamo/item-bytes.ts';
import {
  AUTHORED,
  authoredItem,
  goneYubl,
  readUserItem,
  readYublItem,
  type NotifyEngine,
  type UserDocument,
  userItem,
  userKey,
  type YublDocument,
  yublDocument,
  yublItem,
  yublKey,
} from './search-documents.ts';
import type { Condition, DynamoTable } from '../dynamo/dynamo-table.ts';

const NOT_THERE: Condition = { expression: 'attribute_not_exists(pk)' };
// Reserve for what DynamoDB counts besides the item, and for a margin.
const SPARE_BYTES = 1024;

/** The search index in a table, and a search engine that is notified of changes. The table is authoritative: several
 *  writers may work concurrently, and each may die between two requests, if its event is delivered again. */
export function openDynamoSearchIndex(table: DynamoTable, notifyEngine: NotifyEngine): SearchIndex {
  return { ...indexedUsers(table, notifyEngine), ...indexedYubls(table, notifyEngine) };
}

function indexedUsers(table: DynamoTable, notifyEngine: NotifyEngine): Pick<SearchIndex, 'changeUser' | 'removeUser'> {
  /** Returns the user as stored afterwards, also if `change` returns the same object: the engine may not have been
   *  notified before. Undefined: there is nothing to notify. */
  function changeDocument(
    userId: string,
    change: (before: UserDocument | undefined) => UserDocument | undefined,
  ): Promise<UserDocument | undefined> {
    return untilUncontended(table, 'a user', async () => {
      const item = await table.get(userKey(userId));
      const before = item && readUserItem(userId, item);
      const after = change(before);
      if (after === before || after === undefined) return after;
      return (await table.put(userItem(after), versionIs(before?.version))) ? after : LOST;
    });
  }

  async function removeYublsOf(userId: string): Promise<void> {
    for await (const page of table.query({ pk: userKey(userId).pk, begins: AUTHORED })) {
      const gone = page.map(({ sk }) => goneYubl(sk.slice(AUTHORED.length)));
      await Promise.all(gone.map((yubl) => table.write(yublItem(yubl))));
      await notifyEngine(gone);
      // Not before the engine knows: these items are what is left to do after a crash.
      await Promise.all(page.map((authored) => table.erase(authored)));
    }
  }

  return {
    async changeUser(userId, fold) {
      const changed = await changeDocument(userId, (before) => foldDocument(userId, before, fold));
      if (changed !== undefined) await notifyEngine([changed]);
    },
    async removeUser(userId) {
      // First: a writer that adds a yubl of this user later sees it, and one that has added a yubl before is found
      // below.
      const left = await changeDocument(userId, (before) => leftDocument(userId, before));
      if (left !== undefined) await notifyEngine([left]);
      await removeYublsOf(userId);
    },
  };
}

function foldDocument(
  userId: string,
  before: UserDocument | undefined,
  fold: Fold<IndexedUser>,
): UserDocument | undefined {
  if (before !== undefined && before.user === undefined) return undefined;
  const user = fold(before?.user);
  if (before !== undefined && user === before.user) return before;
  const slots = Math.max(before?.slots ?? 0, user.names.length);
  return { kind: 'user', id: userId, version: (before?.version ?? 0) + 1, slots, user };
}

function leftDocument(userId: string, before: UserDocument | undefined): UserDocument {
  if (before !== undefined && before.user === undefined) return before;
  return { kind: 'user', id: userId, version: (before?.version ?? 0) + 1, slots: before?.slots ?? 0 };
}

function versionIs(version: number | undefined): Condition {
  return version === undefined ? NOT_THERE : { expression: 'v = :v', values: { ':v': version } };
}

function indexedYubls(table: DynamoTable, notifyEngine: NotifyEngine): Pick<SearchIndex, 'addYubl' | 'deleteYubl'> {
  /** The stored yubl, which is the given one if there was none. */
  async function putFirst(added: YublDocument): Promise<YublDocument> {
    if (await table.put(yublItem(added), NOT_THERE)) return added;
    const known = await table.get(yublKey(added.id));
    // Items are never deleted.
    return readYublItem(added.id, known as Item);
  }

  async function markGone(yublId: string): Promise<void> {
    const gone = goneYubl(yublId);
    await table.write(yublItem(gone));
    await notifyEngine([gone]);
  }

  return {
    async addYubl(yubl: FeedItem, words: string) {
      // Without words it cannot be found.
      if (words === '') return;
      const known = await putFirst(documentOf(yubl, words));
      // It may be gone by an earlier attempt of this call, which did not notify the engine.
      if (known.yubl === undefined) return await notifyEngine([known]);
      const { authorId } = known.yubl;
      const authored = authoredItem(authorId, known.id);
      await table.write(authored);
      // Last, and with its own key: if the user leaves concurrently, either it is seen here, or the writes above are
      // seen there.
      const author = await table.get(userKey(authorId));
      if (author !== undefined && readUserItem(authorId, author).user === undefined) {
        // Erased first: a repeat after a failure finds no author in what is gone.
        await table.erase(authored);
        await markGone(known.id);
      } else {
        await notifyEngine([known]);
      }
    },
    async deleteYubl(yublId) {
      const item = await table.get(yublKey(yublId));
      const known = item && readYublItem(yublId, item);
      if (known?.yubl !== undefined) await table.erase(authoredItem(known.yubl.authorId, yublId));
      await markGone(yublId);
    },
  };
}

/** Keeps each word once, as many as fit into the item beside the text. The others cannot be found: for a text of 65,536
 *  characters of four bytes each these are the last 45 %, of three bytes each none. */
function documentOf(yubl: FeedItem, words: string): YublDocument {
  const wordless = itemBytes(yublItem(yublDocument(yubl, '')));
  let left = ITEM_BYTES_MAX - SPARE_BYTES - wordless;
  const distinct = [...new Set(words.split(' '))];
  const end = distinct.findIndex((word) => (left -= Buffer.byteLength(word) + 1) < 0);
  return yublDocument(yubl, distinct.slice(0, end < 0 ? distinct.length : end).join(' '));
}
