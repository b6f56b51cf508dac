import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import { type Column, INDEXES_MAX, type IndexLayout, type Row, type TableLayout } from '../../ports/row-store.ts';

/** A table of a projection, as its authors declare it. */
interface TableDeclaration<Schema extends z.ZodObject, Partition, Sort, Index extends string, ChangedBy, Owners> {
  /** Its rows: plain JSON. */
  readonly row: Schema;
  /** The fields that identify a row; texts or numbers. Rows of one partition are listed in the order of `sort`. */
  readonly key: { readonly partition: Partition; readonly sort?: Sort };
  /** Further orders in which rows can be listed, by name. */
  readonly indexes?: Readonly<Record<Index, IndexDeclaration<OrderedField<z.output<Schema>>>>>;
  /** one-key: each row is changed only by events of one partition key, and never by an event that is older than the
   *  newest one that changed it; on DynamoDB that costs one write. many-keys (the default): events of any key change
   *  it, in any order, and each counts once. */
  readonly changedBy?: ChangedBy;
  /** The field that names the user to whom a row belongs, or several: all rows of a user are removed when they leave,
   *  and none is stored afterwards; `onLeave` of the projection says what else changes then. */
  readonly belongsTo?: Owners;
}

interface IndexDeclaration<Field> {
  /** Absent: all rows of the table together. On DynamoDB a partition of an index takes about 1,000 writes a second. */
  readonly partition?: Field;
  /** Within a partition, rows are in this order, and those that it does not distinguish in the order of their keys. A
   *  row without this field is not in the index. */
  readonly sort: Field;
}

/** The names of fields that are texts or numbers. */
type OrderedField<RowType> = {
  [Name in keyof RowType & string]: NonNullable<RowType[Name]> extends string | number ? Name : never;
}[keyof RowType & string];

export interface Table<RowType = Row, Key = Row, Index extends string = string, Shared extends boolean = boolean> {
  readonly schema: z.ZodObject;
  readonly partition: string;
  readonly sort?: string;
  readonly indexes: readonly IndexLayout[];
  readonly changedBy: TableLayout['changedBy'];
  readonly belongsTo: readonly string[];
  /** For the compiler alone. */
  readonly types?: { readonly row: RowType; readonly key: Key; readonly index: Index; readonly shared: Shared };
}

export function defineTable<
  Schema extends z.ZodObject,
  const Partition extends OrderedField<z.output<Schema>>,
  const Sort extends OrderedField<z.output<Schema>> = never,
  const Index extends string = never,
  const ChangedBy extends TableLayout['changedBy'] = 'many-keys',
  const Owners extends OrderedField<z.output<Schema>> | readonly OrderedField<z.output<Schema>>[] = never,
>(
  declared: TableDeclaration<Schema, Partition, Sort, Index, ChangedBy, Owners>,
): Table<
  z.output<Schema>,
  Pick<z.output<Schema>, Extract<Partition | Sort, keyof z.output<Schema>>>,
  Index,
  IsShared<ChangedBy, Owners>
> {
  const { row: schema, key, indexes, changedBy = 'many-keys' } = declared;
  const { belongsTo = [] }: { readonly belongsTo?: string | readonly string[] } = declared;
  const { partition, sort }: { readonly partition: string; readonly sort?: string } = key;
  const further: readonly [string, Omit<IndexLayout, 'name'>][] = Object.entries(indexes ?? {});
  return {
    schema,
    partition,
    ...defined({ sort }),
    belongsTo: [belongsTo].flat(),
    indexes: further.map(([name, index]) => ({ name, ...index })),
    changedBy,
  };
}

/** Rows that belong to nobody and that events of any key change: when a user leaves, they are changed and not removed. */
type IsShared<ChangedBy, Owners> = [Owners] extends [never] ? (ChangedBy extends 'many-keys' ? true : false) : false;

/** The tables of a projection, by name. */
export type Tables = Readonly<Record<string, Table>>;

export type RowOf<Of extends Table> = NonNullable<Of['types']>['row'];
export type KeyOf<Of extends Table> = NonNullable<Of['types']>['key'];
export type SharedIn<Of extends Tables> = {
  [Name in keyof Of]: NonNullable<Of[Name]['types']>['shared'] extends false ? never : Name;
}[keyof Of];
export type IndexOf<Of extends Table> = NonNullable<Of['types']>['index'];

// Two underscores in a row separate the names of a table and its index.
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function isName(text: string): boolean {
  return NAME.test(text) && !text.startsWith('figtree') && !text.startsWith('sqlite');
}

/** A table as an engine needs to know it. */
export interface DescribedTable {
  readonly layout: TableLayout;
  /** Lines that say what its rows are, and what they are about, so that a difference can be named: tables with the same
   *  lines keep the same rows in the same places. */
  readonly description: readonly string[];
}

/** Throws DECLARATION_INVALID, which says what no engine could keep. */
export function describedTable(name: string, table: Table): DescribedTable {
  const refuse = (reason: string): never => {
    throw new FigtreeError('DECLARATION_INVALID', `table ${name}: ${reason}`);
  };
  if (!isName(name)) refuse('its name is not lower-case letters and digits, with single underscores in between');
  const { partition, sort, indexes, changedBy, belongsTo } = table;
  const document = documentOf(table.schema, refuse);
  const columns = columnsOf(document, refuse);
  const keyFields = sort === undefined ? [partition] : [partition, sort];
  const folded = columns.map((column) => column.name.toLowerCase());
  if (new Set(folded).size < folded.length) refuse('two fields differ only in upper and lower case');
  const requireOrdered = (field: string, what: string, mayBeAbsent: boolean) => {
    const column = columns.find((one) => one.name === field) ?? refuse(`${what} is no field of its rows`);
    if (column.kind === 'flag' || column.kind === 'json') refuse(`${what} is neither a text nor a number`);
    if (column.optional && !mayBeAbsent) refuse(`${what} is optional, but identifies a row`);
    const isKept = !mayBeAbsent && changedBy === 'one-key';
    if (isKept && isPersonal(document, field)) refuse(`${what} is personal, and its mark would outlive the row`);
  };
  for (const field of keyFields) requireOrdered(field, `the key ${field}`, false);
  const personal = columns.find(({ name: field }) => isPersonal(document, field));
  if (personal !== undefined && belongsTo.length === 0) {
    refuse(`${personal.name} is personal, so belongsTo has to name whose it is: it is removed when they leave`);
  }
  for (const field of belongsTo) {
    requireOrdered(field, `${field}, to whom its rows belong,`, false);
    if (columns.find((one) => one.name === field)?.kind !== 'text') refuse(`${field} is not the id of a user`);
  }
  if (indexes.length > INDEXES_MAX) refuse(`it has more than ${INDEXES_MAX} indexes`);
  for (const index of indexes) {
    if (!isName(index.name)) refuse(`the index "${index.name}" has no valid name`);
    for (const field of [index.partition, index.sort]) {
      if (field !== undefined) requireOrdered(field, `${field} of the index ${index.name}`, true);
    }
  }
  const layout = { name, columns, partition, keyFields, ...defined({ sort }), indexes, changedBy, belongsTo };
  return { layout, description: describe(layout, document) };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown; readonly pii?: unknown }>>;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
}

const KINDS: Readonly<Record<string, Column['kind']>> = {
  string: 'text',
  number: 'number',
  // Those that a double holds exactly, says zod.
  integer: 'integer',
  boolean: 'flag',
};

function columnsOf(document: JsonSchema, refuse: (reason: string) => never): Column[] {
  const { properties = {}, required = [], additionalProperties } = document;
  if (additionalProperties !== undefined && additionalProperties !== false)
    refuse('its rows have fields without names');
  const names = Object.keys(properties);
  if (names.some((name) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || /^figtree/i.test(name))) {
    refuse('a field has a name that is not letters, digits and underscores');
  }
  return names.map((name) => {
    const kind = KINDS[String(properties[name]?.type)] ?? 'json';
    // JSON may be anything, also nothing.
    return { name, kind, optional: kind === 'json' || !required.includes(name) };
  });
}

function isPersonal({ properties = {} }: JsonSchema, field: string): boolean {
  // Also of something inside it.
  return JSON.stringify(properties[field] ?? {}).includes('"pii":true');
}

function documentOf(schema: z.ZodObject, refuse: (reason: string) => never): JsonSchema {
  try {
    return z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;
  } catch (error) {
    return refuse(`its rows are not JSON: ${(error as Error).message}`);
  }
}

/** Without what is only said about it. */
function withoutWords(schema: object): object {
  const { description: _, title: __, examples: ___, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function describe(layout: TableLayout, { properties = {}, required = [] }: JsonSchema): readonly string[] {
  const { name, keyFields, indexes, changedBy, belongsTo } = layout;
  const fields = Object.entries(properties).map(
    ([field, type]) =>
      `${name}.${field}: ${JSON.stringify(withoutWords(type))}${required.includes(field) ? '' : ' (optional)'}`,
  );
  const orders = indexes.map((index) => `${name}, index ${index.name}: ${index.partition ?? 'all'}, ${index.sort}`);
  const owned = belongsTo.length === 0 ? '' : `, belongs to ${belongsTo.join(', ')}`;
  return [`${name}: key ${keyFields.join(', ')}, ${changedBy}${owned}`, ...fields, ...orders];
}
