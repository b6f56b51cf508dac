import { randomBytes } from 'node:crypto';
import type { Item, ItemKey } from '../../dynamo/item.ts';
import { type SearchDocument, userKey, yublKey } from '../search-documents.ts';
import type { DynamoTable } from '../../dynamo/dynamo-table.ts';

// Marks of documents that have to be sent to CloudSearch. Items, spread so that no partition takes all writes:
//
//   DIRTY#<shard>   <when, in milliseconds>#<document>#<random>
//
// A mark is written after its document and is erased by its own key, so that a mark that is added while the document is
// being sent stays.

/** A document's name in its mark: `user` or `yubl`, a colon, and its id. */
export type DirtyName = string;

export interface Mark {
  readonly key: ItemKey;
  readonly name: DirtyName;
}

export interface DirtyList {
  mark(names: readonly DirtyName[]): Promise<void>;
  /** The oldest of all marks, and whether there are more. */
  oldest(limit: number): Promise<{ readonly marks: Mark[]; readonly more: boolean }>;
  erase(marks: readonly Mark[]): Promise<void>;
}

const SHARDS = 8;
const shardKey = (shard: number) => `DIRTY#${shard}`;

export const dirtyName = ({ kind, id }: Pick<SearchDocument, 'kind' | 'id'>): DirtyName => `${kind}:${id}`;

export function documentOf(name: DirtyName): {
  readonly kind: SearchDocument['kind'];
  readonly id: string;
  readonly key: ItemKey;
} {
  const id = name.slice(name.indexOf(':') + 1);
  return name.startsWith('user:') ? { kind: 'user', id, key: userKey(id) } : { kind: 'yubl', id, key: yublKey(id) };
}

export function openDirtyList(table: DynamoTable, now: () => number): DirtyList {
  function markOf(name: DirtyName): Item {
    const random = randomBytes(6);
    return {
      pk: shardKey(random.readUInt8(0) % SHARDS),
      sk: `${String(now()).padStart(14, '0')}#${name}#${random.toString('hex')}`,
    };
  }

  return {
    async mark(names) {
      await Promise.all(names.map((name) => table.write(markOf(name))));
    },
    async oldest(limit) {
      const shards = Array.from({ length: SHARDS }, (_, shard) => firstOf(table, shardKey(shard), limit));
      const pages = await Promise.all(shards);
      const all = pages.flat().toSorted((a, b) => (a.sk < b.sk ? -1 : 1));
      const marks = all.slice(0, limit).map((key) => ({ key, name: key.sk.split('#')[1] ?? '' }));
      // These may be exactly all of them: then the next call finds none.
      return { marks, more: all.length > limit || pages.some((page) => page.length >= limit) };
    },
    async erase(marks) {
      await Promise.all(marks.map(({ key }) => table.erase(key)));
    },
  };
}

/** This many, or a few more up to the end of a page. */
async function firstOf(table: DynamoTable, pk: string, limit: number): Promise<Item[]> {
  const first: Item[] = [];
  for await (const page of table.query({ pk, pageSize: limit })) {
    first.push(...page);
    if (first.length >= limit) break;
  }
  return first;
}
