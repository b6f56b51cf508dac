import type { Client } from '@opensearch-project/opensearch';
import type { FeedItem, YublCursor } from '../../../../ports/feed-reader.ts';
import type { PageQuery } from '../../../../ports/page.ts';
import type { NameQuery, SearchIndexReader } from '../../../../ports/search-index-reader.ts';
import type { UserHit, UserHitCursor } from '../../../../ports/search-reader.ts';
import { measuredYubl } from '../../../shared/page-fitting.ts';
import { codePoints } from '../name-entries.ts';
import { openSearchFailure } from './client.ts';
import { indexName } from './indexes.ts';
import { pageOf } from '../search-pages.ts';

type Found = UserHit & { readonly name: string };
type Clause = Readonly<Record<string, unknown>>;

/** Reads what the uploader has written and OpenSearch has refreshed since: a domain refreshes every second, a
 *  serverless collection some seconds later. Until then a leaver may still be found. The cursor of a page is its last
 *  item, so that no state is kept between pages. */
export function openOpenSearchIndexReader(client: Client, name: string): SearchIndexReader {
  async function search<Source>(kind: 'users' | 'yubls', body: Record<string, unknown>): Promise<Source[]> {
    const index = indexName(name, kind);
    const request = { index, body: { ...body, track_total_hits: false } } as Parameters<Client['search']>[0];
    const answer = await client.search(request).catch((error: unknown) => {
      throw openSearchFailure(error);
    });
    return answer.body.hits.hits.map(({ _source: source }) => source as Source);
  }

  function byWords(words: readonly string[], { without, after, limit }: Asked): Promise<Found[]> {
    const [first = '', ...others] = words;
    const filter: Clause[] = [
      { prefix: { name: first } },
      // Matches only the smallest name of a user with this prefix, so that each is found once.
      { range: { shared: { lt: codePoints(first) } } },
      ...others.map((word) => ({ prefix: { names: word } })),
    ];
    const must_not: Clause[] = without === undefined ? [] : [{ prefix: { names: without } }];
    return search<Found>('users', {
      query: { bool: { filter, must_not } },
      sort: [{ name: 'asc' }, { userId: 'asc' }],
      size: limit,
      ...(after && { search_after: [after.token, after.userId] }),
    });
  }

  return {
    async users({ prefix, words }: NameQuery, { limit, after }) {
      // Users found by words have no name that begins with the prefix, so the cursor distinguishes the two.
      const amongWords = after !== undefined && !after.token.startsWith(prefix);
      const found = amongWords ? [] : await byWords([prefix], { after, limit: limit + 1 });
      if (words.length > 0 && found.length <= limit) {
        const asked = { without: prefix, after: amongWords ? after : undefined, limit: limit + 1 - found.length };
        found.push(...(await byWords(words, asked)));
      }
      return pageOf(found, limit, {
        item: hitOf,
        cursor: ({ name: token, userId }): UserHitCursor => ({ token, userId }),
      });
    },
    async yubls(words, { limit, after }: PageQuery<YublCursor>) {
      const found = await search<FeedItem>('yubls', {
        query: { bool: { filter: words.map((word) => ({ term: { words: word } })) } },
        sort: [{ order: 'desc' }],
        size: limit + 1,
        ...(after && { search_after: [`${after.sequence}${after.yublId}`] }),
      });
      return pageOf(found, limit, {
        item: yublOf,
        measured: measuredYubl,
        cursor: ({ sequence, yublId }): YublCursor => ({ sequence, yublId }),
      });
    },
  };
}

interface Asked {
  readonly without?: string | undefined;
  readonly after: UserHitCursor | undefined;
  readonly limit: number;
}

function hitOf({ userId, userName, firstName, lastName }: Found): UserHit {
  return { userId, userName, firstName, lastName };
}

function yublOf({ yublId, authorId, text, postedAt, sequence }: FeedItem): FeedItem {
  return { yublId, authorId, text, postedAt, sequence };
}
