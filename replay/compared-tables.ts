import { exactInstant } from '../events/instant.ts';
import { isJsonObject } from '../events/json-object.ts';
import type { Page } from '../ports/page.ts';
import type { Row, RowPlace } from '../ports/row-store.ts';
import { inputOfKey, type Query, type TableReader } from '../projections/tables/queries.ts';
import { allOf } from './compared-projections.ts';
import type { ComparedProjection } from './parity.ts';

// Answers of a projection of tables are compared query by query. The field of a comparison is written
// `trending: tag, yubls`: the query, and those fields of its answer that the other system has as well.

/** The field of a comparison. */
export function comparedField(query: string, fields: readonly string[]): string {
  return `${query}: ${fields.join(', ')}`;
}

function partsOf(field: string): { readonly query: string; readonly fields: readonly string[] } {
  const [query = '', fields = ''] = field.split(': ');
  return { query, fields: fields.split(', ') };
}

/** A field of an answer, in one form for both systems: instants in any notation, objects with their fields in any order.
 *  What is neither a text nor a number is JSON, and so are texts that would look like that. */
export function comparableValue(value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const text = comparableText(value);
    return LIKE_JSON.test(text) ? JSON.stringify(text) : text;
  }
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'string') return comparableText(inner);
    return isJsonObject(inner) ? inFixedOrder(inner) : inner;
  });
}

const LIKE_JSON = /^(true$|false$|null$|["[{])/;

function comparableText(text: string): string {
  return exactInstant(text) ?? text;
}

/** An item of a list, with these fields of it: the value itself if it is the only one. */
export function comparableItem(item: Row, fields: readonly string[]): string {
  const [only = '', ...others] = fields;
  if (others.length === 0) return String(comparableValue(item[only]));
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, comparableValue(item[field])])));
}

function inFixedOrder(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const LIST_MAX = 10_000;

/** Answers by the key of their query, see `inputOfKey`. */
export function comparedTables(
  projection: string,
  queries: ReadonlyMap<string, Query>,
  reader: TableReader,
): ComparedProjection {
  const ask = async (name: string, key: string, page: { readonly limit: number; readonly after?: RowPlace }) => {
    const query = queries.get(name);
    const parsed = query && inputOfKey(query, key);
    return parsed?.success ? await reader.ask(name, parsed.data, page) : undefined;
  };
  const listed = (name: string) => async (key: string, page: { readonly limit: number; readonly after?: RowPlace }) =>
    ((await ask(name, key, page)) ?? { items: [] }) as Page<Row, RowPlace>;

  return {
    ordered: true,
    lengthMax: LIST_MAX,
    async knows(key) {
      for (const [name, { isList }] of queries) {
        const answer = await ask(name, key, { limit: 1 });
        if (answer === undefined) continue;
        if (!isList || (answer as Page<Row, RowPlace>).items.length > 0) return true;
      }
      return false;
    },
    async list(key, field, lengthMax) {
      const { query, fields } = partsOf(field);
      return (await allOf(listed(query), key, lengthMax)).map((item) => comparableItem(item, fields));
    },
    async value(key, field) {
      const { query, fields } = partsOf(field);
      const answer = (await ask(query, key, { limit: 1 })) as Row | undefined;
      return answer && comparableValue(answer[fields[0] ?? '']);
    },
    // The rows behind an answer are known to the query alone, and their causes only to a replay of the whole log.
    explain: async ({ key, id = key, there }) => ({
      id,
      there,
      reason: there ? 'answered' : 'not-answered',
      because: `figtree explain ${projection} shows which events have changed a row`,
      asTheLogSays: true,
      events: [],
    }),
  };
}
