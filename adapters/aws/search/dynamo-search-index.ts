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
  type TellEngine,
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
// For what is counted of an item and is not in it: DynamoDB's own, and a step to what is refused.
const SPARE_BYTES = 1024;

/** The search index in a table, and a search engine that is told of what changes in it. The table decides: several writers may
 *  work at once, and any of them may die between two requests, if what it was handling comes again. */
export function openDynamoSearchIndex(table: DynamoTable, tellEngine: TellEngine): SearchIndex {
  return { ...indexedUsers(table, tellEngine), ...indexedYubls(table, tellEngine) };
}

function indexedUsers(table: DynamoTable, tellEngine: TellEngine): Pick<SearchIndex, 'changeUser' | 'removeUser'> {
  /** Gives the user as he is in the table then, also if `change` gives the same again: it may be that the engine was not told
   *  before. Undefined: there is nothing to be told. */
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
      await tellEngine(gone);
      // Not before the engine knows: this is what is left to do, should it end here.
      await Promise.all(page.map((authored) => table.erase(authored)));
    }
  }

  return {
    async changeUser(userId, fold) {
      const changed = await changeDocument(userId, (before) => foldDocument(userId, before, fold));
      if (changed !== undefined) await tellEngine([changed]);
    },
    async removeUser(userId) {
      // First of all: whoever adds a yubl of his after this sees it, and whoever has added one before is seen below.
      const left = await changeDocument(userId, (before) => leftDocument(userId, before));
      if (left !== undefined) await tellEngine([left]);
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

function indexedYubls(table: DynamoTable, tellEngine: TellEngine): Pick<SearchIndex, 'addYubl' | 'deleteYubl'> {
  /** What is known of the yubl, which is the given one if nothing was. */
  async function putFirst(added: YublDocument): Promise<YublDocument> {
    if (await table.put(yublItem(added), NOT_THERE)) return added;
    const known = await table.get(yublKey(added.id));
    // Nothing that is there is ever deleted.
    return readYublItem(added.id, known as Item);
  }

  async function markGone(yublId: string): Promise<void> {
    const gone = goneYubl(yublId);
    await table.write(yublItem(gone));
    await tellEngine([gone]);
  }

  return {
    async addYubl(yubl: FeedItem, words: string) {
      // Without words there is nothing to be found by.
      if (words === '') return;
      const known = await putFirst(documentOf(yubl, words));
      if (known.yubl === undefined) return;
      const { authorId } = known.yubl;
      const authored = authoredItem(authorId, known.id);
      await table.write(authored);
      // Last, and by a key of its own: if he leaves beside this, either it is seen here, or the lines above are seen there.
      const author = await table.get(userKey(authorId));
      if (author !== undefined && readUserItem(authorId, author).user === undefined) {
        await markGone(known.id);
        await table.erase(authored);
      } else {
        await tellEngine([known]);
      }
    },
    async deleteYubl(yublId) {
      const item = await table.get(yublKey(yublId));
      const known = item && readYublItem(yublId, item);
      await markGone(yublId);
      if (known?.yubl !== undefined) await table.erase(authoredItem(known.yubl.authorId, yublId));
    },
  };
}

/** With each of its words once, as many as its item has room for beside the text. The others are not looked up: of a text of
 *  65,536 characters of four bytes each they are the last 45 %, of one of three bytes each none. */
function documentOf(yubl: FeedItem, words: string): YublDocument {
  const wordless = itemBytes(yublItem(yublDocument(yubl, '')));
  let left = ITEM_BYTES_MAX - SPARE_BYTES - wordless;
  const distinct = [...new Set(words.split(' '))];
  const end = distinct.findIndex((word) => (left -= Buffer.byteLength(word) + 1) < 0);
  return yublDocument(yubl, distinct.slice(0, end < 0 ? distinct.length : end).join(' '));
}
