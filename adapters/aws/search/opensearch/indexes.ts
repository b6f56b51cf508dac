import type { Client } from '@opensearch-project/opensearch';
import { defined } from '../../../../events/defined.ts';
import { openSearchFailure } from './client.ts';

// Users are found by one document per name, three at most. Obsolete documents are emptied and not deleted: OpenSearch
// remembers the version of a deleted document for only a minute, and a late request would restore it.
//
//   users   name     one of the user's names
//           shared   number of code points that it shares with the user's next smaller name: a user is found once, by
//                    the smallest name that matches, which is the one that shares less than the length of the prefix
//           names    all of the user's names
//   yubls   words    distinct words
//           order    sequence and yubl id
//
// Both indexes are sorted, so that a page of a very common word ends early.

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

/** The alias for reading and writing. Writes require an alias: otherwise OpenSearch would create a missing index, with
 *  guessed fields. */
export function indexName(name: string, kind: Kind): string {
  return `${name}-${kind}`;
}

export interface IndexOptions {
  /** Default: that of the cluster. */
  readonly shards?: number;
  readonly replicas?: number;
  /** A serverless collection sorts per query, and chooses its shards. */
  readonly serverless?: boolean;
}

/** Creates the two indexes of the search projection, if they do not exist. */
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
    // The client's types are generated from its documentation and lack sorting by several fields and the keywords of
    // mappings.
    const request = { index: placeOf(alias), body } as unknown as Parameters<Client['indices']['create']>[0];
    await client.indices.create(request).catch((error: unknown) => {
      if (!String(error).includes('resource_already_exists_exception')) throw openSearchFailure(error);
    });
  }
}

const placeOf = (alias: string) => `${alias}-1`;
