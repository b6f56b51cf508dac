import type { DatabaseSync } from 'node:sqlite';
import type { FeedItem } from '../../ports/feed-reader.ts';
import type { Page, PageQuery } from '../../ports/page.ts';
import type { NameQuery, SearchIndexReader } from '../../ports/search-index-reader.ts';
import type { UserHit, UserHitCursor, YublHitCursor } from '../../ports/search-reader.ts';
import { initialOf, placeOf, SEPARATOR } from './search-file.ts';
import { openSqlite } from './sqlite.ts';

/** Opens the search file for reading, beside its writer in this or another process. The writer has to have opened it
 *  once, which makes the tables; until events come they are empty, and so are the answers. */
export function openSqliteSearchIndexReader(path: string): SearchIndexReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 32, autocheckpointPages: 0 });
  const users = openUserSearch(database);
  const yubls = openYublSearch(database);
  const begin = database.prepare('BEGIN');
  const end = database.prepare('COMMIT');

  // One moment for all statements of an answer: the writer may commit between any two of them.
  function atOneMoment<Result>(read: () => Result): Result {
    begin.run();
    try {
      return read();
    } finally {
      end.run();
    }
  }

  return {
    users: async (names, query) => atOneMoment(() => users(names, query)),
    yubls: async (words, query) => atOneMoment(() => yubls(words, query)),
    close: () => database.close(),
  };
}

type UserRow = UserHit & { readonly name: string };
// In no user's names: two separators never follow each other.
const NOWHERE = SEPARATOR + SEPARATOR;
const LAST_CODE_POINT = '\u{10FFFF}';

function openUserSearch(database: DatabaseSync) {
  // The last condition keeps the smallest of a user's names that begin with :first, so that he is found once.
  const found = database.prepare(`
    SELECT n.name, lower(hex(n.user_id)) AS userId, u.user_name AS userName, u.first_name AS firstName,
      u.last_name AS lastName
    FROM name n CROSS JOIN user u ON u.user_id = n.user_id
    WHERE n.initial = :initial AND (n.name, n.user_id) > (:afterName, unhex(:afterId)) AND n.name < :end
      AND instr(u.names, :second) > 0 AND instr(u.names, :third) > 0 AND instr(u.names, :without) = 0
      AND substr(u.names, instr(u.names, :first) + 1, length(n.name) + 1) = n.name || '${SEPARATOR}'
    ORDER BY n.name, n.user_id LIMIT :limit`);

  function byPrefix(prefix: string, after: UserHitCursor | undefined, limit: number): UserRow[] {
    return select({ words: [prefix], after, without: NOWHERE, limit });
  }

  function byWords({ prefix, words }: NameQuery, after: UserHitCursor | undefined, limit: number): UserRow[] {
    return words.length === 0 ? [] : select({ words, after, without: SEPARATOR + prefix, limit });
  }

  function select({ words: [first = '', second = '', third = ''], after, without, limit }: Selection): UserRow[] {
    const from = after?.token.startsWith(first) ? after : { token: first, userId: '' };
    return found.all({
      initial: second === '' ? '' : initialOf(second),
      afterName: from.token,
      afterId: from.userId,
      end: first + LAST_CODE_POINT,
      first: SEPARATOR + first,
      second: SEPARATOR + second,
      third: SEPARATOR + third,
      without,
      limit,
    }) as unknown as UserRow[];
  }

  return (names: NameQuery, { limit, after }: PageQuery<UserHitCursor>): Page<UserHit, UserHitCursor> => {
    const wanted = limit + 1;
    // Those whom the words find have no name that begins with the prefix, so the cursor tells the two apart.
    const amongWords = after !== undefined && !after.token.startsWith(names.prefix);
    const rows = amongWords ? byWords(names, after, wanted) : byPrefix(names.prefix, after, wanted);
    if (!amongWords && rows.length < wanted) rows.push(...byWords(names, undefined, wanted - rows.length));
    const items = rows.slice(0, limit).map(hitOf);
    const last = rows[limit - 1];
    if (rows.length <= limit || last === undefined) return { items };
    return { items, next: { token: last.name, userId: last.userId } };
  };
}

function hitOf({ userId, userName, firstName, lastName }: UserRow): UserHit {
  return { userId, userName, firstName, lastName };
}

interface Selection {
  readonly words: readonly string[];
  readonly after: UserHitCursor | undefined;
  readonly without: string;
  readonly limit: number;
}

type YublRow = FeedItem & { readonly place: number };

function openYublSearch(database: DatabaseSync) {
  const furthest = database.prepare('SELECT places FROM furthest');
  const found = database.prepare(`
    SELECT y.place, lower(hex(y.yubl_id)) AS yublId, lower(hex(y.author_id)) AS authorId, y.text,
      y.posted_at AS postedAt, y.sequence
    FROM yubl_words CROSS JOIN yubl y ON y.place = yubl_words.rowid
    WHERE yubl_words MATCH ? AND yubl_words.rowid <= ? ORDER BY yubl_words.rowid DESC LIMIT ?`);

  return (words: readonly string[], { limit, after }: PageQuery<YublHitCursor>): Page<FeedItem, YublHitCursor> => {
    const match = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
    const { places } = furthest.get() as { places: number };
    const behind: YublRow[] = [];
    let upTo = after === undefined ? Number.MAX_SAFE_INTEGER : placeOf(after.sequence) + places;
    // One for the cursor's own yubl and one to know whether there is a next page; more each time if yubls lie far from
    // their places, which takes a source that sends one sequence many times.
    for (let wanted = limit + 2; ; wanted *= 2) {
      const rows = found.all(match, upTo, wanted) as unknown as YublRow[];
      behind.push(...rows.filter((row) => after === undefined || compareNewestFirst(after, row) < 0));
      const lowest = rows.at(-1)?.place ?? 0;
      // Whatever comes at lower places has a sequence of a lower place, so what belongs at or above `lowest` is complete.
      const complete = behind.reduce((count, row) => (placeOf(row.sequence) >= lowest ? count + 1 : count), 0);
      if (rows.length < wanted || complete > limit) return pageOf(behind, limit);
      upTo = lowest - 1;
    }
  };
}

function pageOf(rows: YublRow[], limit: number): Page<FeedItem, YublHitCursor> {
  rows.sort(compareNewestFirst);
  const items = rows.slice(0, limit).map(itemOf);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: { sequence: last.sequence, yublId: last.yublId } };
}

function itemOf({ yublId, authorId, text, postedAt, sequence }: YublRow): FeedItem {
  return { yublId, authorId, text, postedAt, sequence };
}

function compareNewestFirst(a: YublHitCursor, b: YublHitCursor): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
  if (a.yublId !== b.yublId) return a.yublId > b.yublId ? -1 : 1;
  return 0;
}
