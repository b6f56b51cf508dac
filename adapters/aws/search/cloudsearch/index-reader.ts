import { type Hit, SearchCommand, type CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { secondsOf, sequenceOf } from '../../../../events/sequence.ts';
import type { FeedItem, YublCursor } from '../../../../ports/feed-reader.ts';
import type { NameQuery, SearchIndexReader } from '../../../../ports/search-index-reader.ts';
import type { UserHit, UserHitCursor } from '../../../../ports/search-reader.ts';
import { measuredYubl } from '../../../shared/page-fitting.ts';
import { keyText } from '../../dynamo/item.ts';
import { cloudSearchFailure } from './client.ts';
import { legalText } from './documents.ts';
import { codePoints } from '../name-entries.ts';
import { pageOf } from '../search-pages.ts';
import { readUserItem, readYublItem, userKey, yublKey } from '../search-documents.ts';
import type { DynamoTable } from '../../dynamo/dynamo-table.ts';

// Hits to skip per request, on the way to the beginning of a page.
const PASSED_AT_ONCE = 1000;

interface Asked<Found> {
  readonly query: string;
  readonly sort: string;
  readonly fields: string;
  /** Reads the documents of hits, in order; leaves out those before the page, and those that are outdated. */
  readonly read: (hits: readonly Hit[]) => Promise<Found[]>;
  readonly wanted: number;
  readonly pageSize: number;
}

type FoundUser = UserHit & { readonly name: string };
type Find = <Found>(asked: Asked<Found>) => Promise<Found[]>;

/** Searches with CloudSearch, which shows a batch some seconds or minutes after it has taken it, and reads the results
 *  from the table: so users who left and deleted yubls are never shown, however far behind CloudSearch is. The cursor
 *  of a page is its last item; CloudSearch has no ranges of text, so among users the hits before it are skipped
 *  again. */
export function openCloudSearchIndexReader(table: DynamoTable, searches: CloudSearchDomainClient): SearchIndexReader {
  const find = finding(searches);
  return { users: readingUsers(table, find), yubls: readingYubls(table, find) };
}

function finding(searches: CloudSearchDomainClient): Find {
  return async ({ query, sort, fields, read, wanted, pageSize }) => {
    const found: Awaited<ReturnType<typeof read>> = [];
    let cursor = 'initial';
    for (;;) {
      const command = { query, queryParser: 'structured', sort, return: fields, size: pageSize, cursor } as const;
      const answer = await searches.send(new SearchCommand(command)).catch((error: unknown) => {
        throw cloudSearchFailure(error);
      });
      const hits = answer.hits?.hit ?? [];
      found.push(...(await read(hits)));
      const next = answer.hits?.cursor;
      if (found.length >= wanted || hits.length < pageSize || next === undefined) return found.slice(0, wanted);
      cursor = next;
    }
  };
}

function readingUsers(table: DynamoTable, find: Find): SearchIndexReader['users'] {
  async function read(hits: readonly Hit[], after: UserHitCursor | undefined): Promise<FoundUser[]> {
    const places = hits.map((hit) => ({ name: valueOf(hit, 'name'), userId: valueOf(hit, 'userid') }));
    const behind = places.filter((place) => after === undefined || comparePlaces(place, after) > 0);
    const items = await table.getAll(
      behind.map(({ userId }) => userKey(userId)),
      { consistent: false },
    );
    return behind.flatMap(({ name, userId }) => {
      const item = items.get(keyText(userKey(userId)));
      const user = item && readUserItem(userId, item).user;
      if (user?.names.some((one) => legalText(one) === name) !== true) return [];
      const hit = { userName: user.userName?.value ?? '', firstName: user.firstName?.value ?? null };
      return [{ name, userId, ...hit, lastName: user.lastName?.value ?? null }];
    });
  }

  function byWords(words: readonly string[], { without, after, wanted }: AskedUsers): Promise<FoundUser[]> {
    const [first = '', ...others] = words.map(legalText);
    const clauses = [
      prefix('name', first),
      // Matches only the smallest name of a user with this prefix, so that each is found once.
      `(range field=shared {,${codePoints(first)}})`,
      ...others.map((word) => prefix('names', word)),
      ...(without === undefined ? [] : [`(not ${prefix('names', legalText(without))})`]),
    ];
    return find({
      query: `(and ${clauses.join(' ')})`,
      sort: 'name asc,userid asc',
      fields: 'name,userid',
      read: (hits) => read(hits, after),
      wanted,
      pageSize: after === undefined ? wanted : PASSED_AT_ONCE,
    });
  }

  return async ({ prefix: start, words }: NameQuery, { limit, after }) => {
    // Users found by words have no name that begins with the prefix, so the cursor distinguishes the two.
    const amongWords = after !== undefined && !after.token.startsWith(legalText(start));
    const found = amongWords ? [] : await byWords([start], { after, wanted: limit + 1 });
    if (words.length > 0 && found.length <= limit) {
      const asked = { without: start, after: amongWords ? after : undefined, wanted: limit + 1 - found.length };
      found.push(...(await byWords(words, asked)));
    }
    const item = ({ name: _name, ...hit }: FoundUser): UserHit => hit;
    return pageOf(found, limit, { item, cursor: ({ name: token, userId }): UserHitCursor => ({ token, userId }) });
  };
}

function readingYubls(table: DynamoTable, find: Find): SearchIndexReader['yubls'] {
  async function read(hits: readonly Hit[], after: YublCursor | undefined): Promise<FeedItem[]> {
    const places = hits.map((hit) => {
      const sequence = sequenceOf(Number(valueOf(hit, 'seconds')), Number(valueOf(hit, 'ordinal')));
      return { sequence, yublId: valueOf(hit, 'yublid') };
    });
    const behind = places.filter((place) => after === undefined || orderOf(place) < orderOf(after));
    const items = await table.getAll(
      behind.map(({ yublId }) => yublKey(yublId)),
      { consistent: false },
    );
    return behind.flatMap(({ yublId }) => {
      const item = items.get(keyText(yublKey(yublId)));
      return (item && readYublItem(yublId, item).yubl) ?? [];
    });
  }

  return async (words, { limit, after }) => {
    const clauses = words.map((word) => `(term field=words ${quoted(legalText(word))})`);
    if (after !== undefined) clauses.push(`(range field=seconds {,${secondsOf(after.sequence)}])`);
    const found = await find({
      query: `(and ${clauses.join(' ')})`,
      sort: 'seconds desc,ordinal desc,yublid desc',
      fields: 'seconds,ordinal,yublid',
      read: (hits) => read(hits, after),
      wanted: limit + 1,
      pageSize: limit + 1,
    });
    const cursor = ({ sequence, yublId }: FeedItem): YublCursor => ({ sequence, yublId });
    return pageOf(found, limit, { item: (yubl: FeedItem) => yubl, cursor, measured: measuredYubl });
  };
}

interface AskedUsers {
  readonly without?: string;
  readonly after: UserHitCursor | undefined;
  readonly wanted: number;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
const prefix = (field: string, text: string) => `(prefix field=${field} ${quoted(text)})`;
const valueOf = (hit: Hit, field: string) => hit.fields?.[field]?.[0] ?? '';
const orderOf = ({ sequence, yublId }: YublCursor) => `${sequence}${yublId}`;

function comparePlaces(
  place: { readonly name: string; readonly userId: string },
  { token, userId }: UserHitCursor,
): number {
  return (
    Buffer.compare(Buffer.from(place.name), Buffer.from(token)) ||
    (place.userId < userId ? -1 : place.userId > userId ? 1 : 0)
  );
}
