import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { KeyValue } from '../../../ports/row-store.ts';
import type { OpenTable } from '../../../projections/tables/open-tables.ts';

/** A row, or all rows of a partition. */
export interface AskedPartition {
  readonly table: OpenTable;
  readonly partition: KeyValue;
  readonly sort?: KeyValue;
}

/** The rows that the words `[table] partition [sort]` name: without a table, those of every table that can have such a
 *  key. REQUEST_INVALID if none can. */
export function rowsAsked(
  { name, tables }: Pick<OpenTableProjection, 'name' | 'tables'>,
  words: readonly string[],
): { readonly partitions: readonly AskedPartition[]; readonly isNamed: boolean } {
  const named = tables.filter(({ layout }) => layout.name === words[0]);
  const isNamed = named.length > 0;
  const values = isNamed ? words.slice(1) : words;
  const partitions = (isNamed ? named : tables).flatMap((table) => partitionOf(table, values) ?? []);
  if (partitions.length > 0) return { partitions, isNamed };
  const forms = tables.map(({ layout: { name: table, partition, sort } }) =>
    [table, partition, ...(sort === undefined ? [] : [`[${sort}]`])].join(' '),
  );
  const message = `rows of ${name} are named by [TABLE] PARTITION [SORT]: ${forms.join(', or ')}`;
  throw new FigtreeError('REQUEST_INVALID', message);
}

function partitionOf(table: OpenTable, values: readonly string[]): AskedPartition | undefined {
  const { keyFields, columns } = table.layout;
  if (values.length === 0 || values.length > keyFields.length) return undefined;
  const key: KeyValue[] = [];
  for (const [index, text] of values.entries()) {
    const isText = columns.find((column) => column.name === keyFields[index])?.kind === 'text';
    if (!isText && (text.trim() === '' || !Number.isFinite(Number(text)))) return undefined;
    key.push(isText ? text : Number(text));
  }
  const [partition, sort] = key;
  return partition === undefined ? undefined : { table, partition, ...(sort !== undefined && { sort }) };
}
