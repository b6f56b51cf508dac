import type { Client } from '@opensearch-project/opensearch';
import { defined } from '../../../../events/defined.ts';
import { openSearchFailure, statusOf } from './client.ts';

// Users are found by documents of their names, three at most. They are emptied and not deleted when they say nothing any
// more: OpenSearch remembers the version of what was deleted for a minute only, and a late request would bring it back.
//
//   users   name     one of his names
//           shared   how many code points it shares with the next smaller one of his names: he is found once, by the smallest
//                    that matches, which is the one that shares less than was looked for
//           names    all of them
//   yubls   words    each of them once
//           order    sequence and yubl id
//
// Both lie sorted, so that a page of what very many have ends early.

const keyword = { type: 'keyword' } as const;
const onlyKept = { type: 'keyword', index: false, doc_values: false } as const;

const INDEXES = {
  users: {
    sorted: { 'sort.field': ['name', 'userId'], 'sort.order': ['asc', 'asc'] },
    properties: {
      name: keyword,
      shared: { type: 'integer' },
      names: keyword,
      userId: keyword,
      userName: onlyKept,
      firstName: onlyKept,
      lastName: onlyKept,
    },
  },
  yubls: {
    sorted: { 'sort.field': ['order'], 'sort.order': ['desc'] },
    properties: {
      words: keyword,
      order: keyword,
      yublId: onlyKept,
      authorId: onlyKept,
      text: onlyKept,
      postedAt: onlyKept,
      sequence: onlyKept,
    },
  },
} as const;

type Kind = keyof typeof INDEXES;
const KINDS = Object.keys(INDEXES) as Kind[];

/** By which they are written and read. It is an alias, and writes insist on one: OpenSearch would make an index that is missing,
 *  with fields as it guesses them. */
export function indexName(name: string, kind: Kind): string {
  return `${name}-${kind}`;
}

export interface IndexOptions {
  /** Default: as the cluster has it. */
  readonly shards?: number;
  readonly replicas?: number;
  /** A collection without servers sorts when it is asked, and has shards as it likes. */
  readonly serverless?: boolean;
}

/** Makes the two indexes of the search projection, if they are not there. */
export async function createOpenSearchIndexes(client: Client, name: string, options: IndexOptions = {}): Promise<void> {
  const { shards, replicas, serverless = false } = options;
  for (const kind of KINDS) {
    const { sorted, properties } = INDEXES[kind];
    const alias = indexName(name, kind);
    const index = {
      ...defined({ number_of_shards: shards, number_of_replicas: replicas }),
      ...(!serverless && sorted),
    };
    const body = { settings: { index }, mappings: { dynamic: 'strict', properties }, aliases: { [alias]: {} } };
    // The client's types are made from its documentation and know neither sorting by several fields nor the words of mappings.
    const request = { index: placeOf(alias), body } as unknown as Parameters<Client['indices']['create']>[0];
    await client.indices.create(request).catch((error: unknown) => {
      if (!String(error).includes('resource_already_exists_exception')) throw openSearchFailure(error);
    });
  }
}

export async function deleteOpenSearchIndexes(client: Client, name: string): Promise<void> {
  for (const kind of KINDS) {
    await client.indices.delete({ index: placeOf(indexName(name, kind)) }).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw openSearchFailure(error);
    });
  }
}

/** Resolves once searches find whatever was written before. Serverless collections know no such request. */
export async function refreshOpenSearchIndexes(client: Client, name: string): Promise<void> {
  const index = KINDS.map((kind) => indexName(name, kind));
  await client.indices.refresh({ index }).catch((error: unknown) => {
    throw openSearchFailure(error);
  });
}

const placeOf = (alias: string) => `${alias}-1`;
