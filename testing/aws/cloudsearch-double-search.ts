import type { CloudSearchField } from '../../adapters/aws/search/cloudsearch/fields.ts';
import { type Matches, parseQuery, type StoredFields } from './cloudsearch-double-query.ts';

export interface Hits {
  readonly found: number;
  readonly start: number;
  readonly cursor?: string;
  readonly hit: readonly { readonly id: string; readonly fields: Readonly<Record<string, readonly string[]>> }[];
}

const SIZE_MAX = 10_000;

type Stored = readonly [id: string, fields: StoredFields];

/** One search over the visible documents. Throws an Error that describes what is wrong with the request. */
export function answerSearch(
  documents: ReadonlyMap<string, StoredFields>,
  asked: URLSearchParams,
  fields: Readonly<Record<string, CloudSearchField>>,
): Hits {
  if (asked.get('q.parser') !== 'structured') throw new Error('the double knows structured queries alone');
  const query = asked.get('q') ?? '';
  const sort = asked.get('sort') ?? '';
  const matches: Matches = parseQuery(query, fields);
  const compare = comparison(sort, fields);
  const found = [...documents].filter(([, stored]) => matches(stored)).toSorted(compare);
  const size = numberIn(asked, 'size', 10);
  const cursor = asked.get('cursor');
  if (cursor !== null && asked.has('start')) throw new Error('start and cursor exclude each other');
  const start = cursor === null ? numberIn(asked, 'start', 0) : placeOf(cursor, { query, sort, found, compare });
  const some = found.slice(start, start + size);
  const names = (asked.get('return') ?? '').split(',');
  const last = some.at(-1);
  const next = last === undefined ? cursor : encode({ query, sort, last });
  return {
    found: found.length,
    start: cursor === null ? start : 0,
    ...(cursor !== null && next !== null && { cursor: next }),
    hit: some.map(([id, stored]) => ({ id, fields: returned(stored, names, fields) })),
  };
}

function numberIn(asked: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(asked.get(name) ?? otherwise);
  if (!Number.isInteger(value) || value < 0 || value > SIZE_MAX) throw new Error(`${name} is from 0 to ${SIZE_MAX}`);
  return value;
}

type Comparison = (a: Stored, b: Stored) => number;

function comparison(sort: string, fields: Readonly<Record<string, CloudSearchField>>): Comparison {
  const keys = sort.split(',').map((part) => {
    const [, name = '', direction = ''] = /^([a-z_][a-z0-9_]*) (asc|desc)$/.exec(part) ?? [];
    if (name !== '_id' && fields[name]?.sort !== true) throw new Error(`cannot sort by ${part}`);
    return { name, sign: direction === 'desc' ? -1 : 1 };
  });
  return (a, b) => {
    for (const { name, sign } of keys) {
      const order = compareValues(valueOf(a, name), valueOf(b, name)) * sign;
      if (order !== 0) return order;
    }
    return 0;
  };
}

const valueOf = ([id, stored]: Stored, name: string) => (name === '_id' ? id : stored[name]);

/** Text by code points. */
function compareValues(a: StoredFields[string] | undefined, b: StoredFields[string] | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a ?? '')), Buffer.from(String(b ?? '')));
}

interface Walk {
  readonly query: string;
  readonly sort: string;
  readonly found: readonly Stored[];
  readonly compare: Comparison;
}

/** A cursor belongs to one query and continues after the last hit of the page before. */
function placeOf(cursor: string, { query, sort, found, compare }: Walk): number {
  if (cursor === 'initial') return 0;
  const {
    query: before,
    sort: sorted,
    last,
  } = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Parameters<typeof encode>[0];
  if (before !== query || sorted !== sort) throw new Error('the cursor is of another query');
  const place = found.findIndex((one) => compare(one, last) > 0);
  return place < 0 ? found.length : place;
}

function encode(cursor: { readonly query: string; readonly sort: string; readonly last: Stored }): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function returned(
  stored: StoredFields,
  names: readonly string[],
  fields: Readonly<Record<string, CloudSearchField>>,
): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const name of names) {
    if (fields[name]?.return !== true) throw new Error(`the field ${name} is not returned`);
    const value = stored[name];
    if (value !== undefined) result[name] = (Array.isArray(value) ? value : [value]).map(String);
  }
  return result;
}
