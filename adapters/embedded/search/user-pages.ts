import type { DatabaseSync } from 'node:sqlite';
import type { Page, PageQuery } from '../../../ports/page.ts';
import type { NameQuery } from '../../../ports/search-index-reader.ts';
import type { UserHit, UserHitCursor } from '../../../ports/search-reader.ts';
import { compareNames, initialOf, SEPARATOR } from './file.ts';

/** A found user, by the smallest name that begins with the query. */
type Found = UserHit & { readonly name: string };
type FoundRow = Found & { readonly names: string };

// Occurs in no user's names: two separators never follow each other.
const NOWHERE = SEPARATOR + SEPARATOR;
const LAST_CODE_POINT = '\u{10FFFF}';
/** Up to this many rows of `name` are read and their users sorted, rather than visited in order. */
const SORTED_ROWS_MAX = 256;

const CONDITIONS = `n.initial = :initial AND (n.name, n.user_id) > (:afterName, unhex(:afterId)) AND n.name < :end
  AND instr(u.names, :second) > 0 AND instr(u.names, :third) > 0 AND instr(u.names, :without) = 0`;
const FOUND = `n.name, u.names, lower(hex(n.user_id)) AS userId, u.user_name AS userName, u.first_name AS firstName,
  u.last_name AS lastName FROM name n CROSS JOIN user u ON u.number = n.number`;

/** Pages of the users whose name or names begin with the query. */
export function openUserPages(database: DatabaseSync) {
  // The last condition keeps the smallest matching name of each user, so that each is found once.
  const inOrder = database.prepare(`
    SELECT ${FOUND} WHERE ${CONDITIONS}
      AND substr(u.names, instr(u.names, :first) + 1, length(n.name) + 1) = n.name || '${SEPARATOR}'
    ORDER BY n.name, n.user_id LIMIT :limit`);
  const unordered = database.prepare(`SELECT ${FOUND} WHERE ${CONDITIONS}`);
  const countUpTo = database.prepare(`
    SELECT count(*) AS rows FROM (
      SELECT 1 FROM name WHERE initial = ? AND name >= ? AND name < ? LIMIT ${SORTED_ROWS_MAX + 1})`);

  function isLarge([first = '', second = '']: readonly string[]): boolean {
    const { rows } = countUpTo.get(initialAskedBy(second), first, first + LAST_CODE_POINT) as { rows: number };
    return rows > SORTED_ROWS_MAX;
  }

  function byWords(words: readonly string[], { without, after, limit }: Asked): Found[] {
    const [first = ''] = words;
    // If many users match john… but few of those z…, starting from z… leaves few users to sort.
    const selective = words.length > 1 && isLarge(words) && otherOrders(words).find((order) => !isLarge(order));
    if (selective) {
      const rows = unordered.all(parametersOf(selective, without, startOf(selective))) as unknown as FoundRow[];
      return sortedBy(first, rows)
        .filter((hit) => after === undefined || compare(hit, after) > 0)
        .slice(0, limit);
    }
    const from = after?.token.startsWith(first) ? after : startOf(words);
    const parameters = { ...parametersOf(words, without, from), first: SEPARATOR + first, limit };
    return inOrder.all(parameters) as unknown as FoundRow[];
  }

  return ({ prefix, words }: NameQuery, { limit, after }: PageQuery<UserHitCursor>): Page<UserHit, UserHitCursor> => {
    const wanted = limit + 1;
    // Users found by words have no name that begins with the prefix, so the cursor distinguishes the two.
    const amongWords = after !== undefined && !after.token.startsWith(prefix);
    const found = amongWords ? [] : byWords([prefix], { without: NOWHERE, after, limit: wanted });
    if (words.length > 0 && found.length < wanted) {
      const asked = { without: SEPARATOR + prefix, after: amongWords ? after : undefined };
      found.push(...byWords(words, { ...asked, limit: wanted - found.length }));
    }
    const items = found.slice(0, limit).map(hitOf);
    const last = found[limit - 1];
    if (found.length <= limit || last === undefined) return { items };
    return { items, next: { token: last.name, userId: last.userId } };
  };
}

interface Asked {
  /** A string that the user's names must not contain. */
  readonly without: string;
  readonly after: UserHitCursor | undefined;
  readonly limit: number;
}

const initialAskedBy = (word: string) => (word === '' ? '' : initialOf(word));

const startOf = ([first = '']: readonly string[]): UserHitCursor => ({ token: first, userId: '' });

function parametersOf([first = '', second = '', third = '']: readonly string[], without: string, from: UserHitCursor) {
  return {
    initial: initialAskedBy(second),
    afterName: from.token,
    afterId: from.userId,
    end: first + LAST_CODE_POINT,
    second: SEPARATOR + second,
    third: SEPARATOR + third,
    without,
  };
}

/** The other ways to look up two or three words by a range of one and the initial of another. */
function otherOrders([first = '', second = '', third]: readonly string[]): string[][] {
  if (third === undefined) return [[second, first]];
  return [
    [second, first, third],
    [third, first, second],
    [first, third, second],
    [second, third, first],
    [third, second, first],
  ];
}

/** Each user once, by the smallest name that begins with `first`. */
function sortedBy(first: string, rows: readonly FoundRow[]): Found[] {
  const users = new Map(rows.map((row) => [row.userId, row]));
  const found = [...users.values()].map((row): Found => {
    // The names are sorted, so the first match is the smallest.
    const name = row.names.split(SEPARATOR).find((one) => one !== '' && one.startsWith(first)) ?? '';
    return { ...row, name };
  });
  return found.toSorted((a, b) => compare(a, { token: b.name, userId: b.userId }));
}

function compare(hit: Found, { token, userId }: UserHitCursor): number {
  if (hit.name !== token) return compareNames(hit.name, token);
  if (hit.userId === userId) return 0;
  return hit.userId < userId ? -1 : 1;
}

function hitOf({ userId, userName, firstName, lastName }: Found): UserHit {
  return { userId, userName, firstName, lastName };
}
