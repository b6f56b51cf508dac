import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import type { Page } from '../../ports/page.ts';
import type { Row, RowKey, RowPlace, RowQuery, RowReader } from '../../ports/row-store.ts';
import type { OpenTable } from './open-tables.ts';
import type { IndexOf, KeyOf, RowOf, Tables } from './define-table.ts';
import { refusesTexts } from './text-inputs.ts';

/** A table for a query. */
export interface QueryTable<RowType, Key, Index> {
  get(key: Key): Promise<RowType | undefined>;
  list(query: Omit<RowQuery, 'index'> & { readonly index?: Index | undefined }): Promise<Page<RowType, RowPlace>>;
}

export type QueryTables<Of extends Tables> = {
  readonly [Name in keyof Of]: QueryTable<RowOf<Of[Name]>, KeyOf<Of[Name]>, IndexOf<Of[Name]>>;
};

/** everyone: no credentials are needed. user: a token whose `sub` is the `userId` of the path. admin: a token with the
 *  scope admin. */
export type QueryAccess = 'everyone' | 'user' | 'admin';

interface QueryParts<Input extends z.ZodObject> {
  /** The path of its route, a GET, for instance `/trending/{day}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: QueryAccess;
  /** What is asked: the parameters of the path, and optional ones of the query. Each is a text when it arrives. */
  readonly input: Input;
}

/** A query with one answer, or NOT_FOUND. */
export interface OneQuery<
  Of extends Tables,
  Input extends z.ZodObject,
  Output extends z.ZodObject,
> extends QueryParts<Input> {
  readonly output: Output;
  read(tables: QueryTables<Of>, input: z.output<Input>): Promise<z.output<Output> | undefined>;
}

/** A query with a list as its answer, page by page. */
export interface ListQuery<
  Of extends Tables,
  Input extends z.ZodObject,
  Item extends z.ZodObject,
> extends QueryParts<Input> {
  readonly item: Item;
  read(
    tables: QueryTables<Of>,
    input: z.output<Input>,
    page: { readonly limit: number; readonly after?: RowPlace },
  ): Promise<Page<z.output<Item>, RowPlace>>;
}

/** Either; which one, and of what, is known where it is declared. */
export interface Query extends QueryParts<z.ZodObject> {
  /** For a list: its items. */
  readonly answer: z.ZodObject;
  readonly isList: boolean;
  /** For a list: a page of it. */
  read(tables: QueryTables<Tables>, input: object, page: PageAsked): Promise<object | undefined>;
}

export interface PageAsked {
  readonly limit: number;
  readonly after?: RowPlace;
}

/** Declares queries over these tables. */
export interface DeclareQuery<Of extends Tables> {
  one<Input extends z.ZodObject, Output extends z.ZodObject>(query: OneQuery<Of, Input, Output>): Query;
  list<Input extends z.ZodObject, Item extends z.ZodObject>(query: ListQuery<Of, Input, Item>): Query;
}

export type Queries<Of extends Tables> = (declare: DeclareQuery<Of>) => Readonly<Record<string, Query>>;

// The tables that a query is declared for are those that it is run with.
const declaring: DeclareQuery<Tables> = {
  one: ({ output, ...query }) => ({
    ...(query as unknown as Omit<Query, 'answer' | 'isList'>),
    answer: output,
    isList: false,
  }),
  list: ({ item, ...query }) => ({
    ...(query as unknown as Omit<Query, 'answer' | 'isList'>),
    answer: item,
    isList: true,
  }),
};

const PARAMETER = /\{([A-Za-z][A-Za-z0-9]*)\}/g;
// A word first, so that no other route is hidden behind a parameter.
const PATH = /^\/[a-z][a-z0-9-]*(\/([a-z0-9-]+|\{[A-Za-z][A-Za-z0-9]*\}))*$/;
const TAKEN_PATHS = /^\/(admin|catalog|console|events|health|legacy|metrics|projections|status|traces)(\/|$)/;
const TAKEN_INPUTS = ['limit', 'cursor', 'after'];

/** The queries by name. Throws DECLARATION_INVALID, which names the projection and what is wrong. */
export function openQueries(projection: string, queries: Queries<Tables>): ReadonlyMap<string, Query> {
  const opened = new Map(Object.entries(queries(declaring)));
  for (const [name, { path, input, access }] of opened) {
    const refuse = (reason: string): never => {
      throw new FigtreeError('DECLARATION_INVALID', `projection ${projection}, query ${name}: ${reason}`);
    };
    if (!/^[a-z][a-zA-Z0-9-]*$/.test(name)) refuse('its name is not a word of letters, digits and hyphens');
    if (!PATH.test(path)) refuse(`${path} is not a path of words and whole {parameters}`);
    if (TAKEN_PATHS.test(path)) refuse(`${path} belongs to the server`);
    const parameters = pathParameters(path);
    for (const [field, schema] of Object.entries(input.shape)) {
      if (TAKEN_INPUTS.includes(field)) refuse(`${field} is a parameter of every list`);
      if (refusesTexts(schema as z.ZodType)) {
        refuse(`${field} arrives as a text, which its schema refuses: convert it, for instance by z.coerce.number()`);
      }
      const isRequired = !(schema as z.ZodType).safeParse(undefined).success;
      if (isRequired && !parameters.includes(field)) refuse(`${field} is not in its path, so it must be optional`);
    }
    for (const parameter of parameters) {
      if (!Object.hasOwn(input.shape, parameter)) refuse(`its path has {${parameter}}, but its input has not`);
    }
    if (access === 'user' && !parameters.includes('userId')) refuse('only a path with {userId} belongs to a user');
  }
  return opened;
}

/** `/trending/{day}` → `day` */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(PARAMETER)].flatMap(([, name]) => name ?? []);
}

/** What a query is asked for by its key: the parameter of its path. Several are percent-encoded, with slashes in
 *  between, as in the path. Where it has none, the key means nothing. */
export function inputOfKey(query: Query, key: string): z.ZodSafeParseResult<Record<string, unknown>> {
  const parameters = pathParameters(query.path);
  const values = parameters.length === 1 ? [key] : key.split('/').map(decoded);
  if (parameters.length > 0 && values.length !== parameters.length) {
    const message = `its key has ${values.length} values and not ${parameters.length}: ${parameters.join('/')}`;
    const error = new z.ZodError([{ code: 'custom', path: [], message, input: key }]);
    return { success: false, error: error as z.ZodError<Record<string, unknown>> };
  }
  const asked = Object.fromEntries(parameters.map((parameter, index) => [parameter, values[index]]));
  const parsed = query.input.safeParse(asked);
  return parsed.success ? { success: true, data: inputOfUser(query, parsed.data) } : parsed;
}

/** What is asked of a query that belongs to a user: their id as the subject of their token is compared, too. */
export function inputOfUser<Input extends object & { readonly userId?: unknown }>(
  { access }: Query,
  input: Input,
): Input {
  return access === 'user' ? { ...input, userId: String(input.userId).toLowerCase() } : input;
}

/** The key of what a document is about, which has the parameters as fields; undefined if it lacks one. */
export function keyOfParameters({ path }: Query, document: Row): string | undefined {
  const parameters = pathParameters(path);
  const values = parameters.map((parameter) => document[parameter]);
  if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) return undefined;
  return values.length === 1 ? String(values[0]) : values.map((value) => encodeURIComponent(String(value))).join('/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What reads a projection of tables. */
export interface TableReader {
  /** The answer of one of its queries. */
  ask(query: string, input: object, page: PageAsked): Promise<object | undefined>;
  row(key: RowKey): Promise<Row | undefined>;
}

export function tableReader(
  queries: ReadonlyMap<string, Query>,
  tables: readonly OpenTable[],
  reader: RowReader,
): TableReader {
  const opened = Object.fromEntries(tables.map((table) => [table.layout.name, queryTable(table, reader)]));
  return {
    async ask(name, input, page) {
      return await queries.get(name)?.read(opened, input, page);
    },
    row: (key) => reader.row(key),
  };
}

function queryTable({ layout, keyIn }: OpenTable, reader: RowReader) {
  return {
    async get(asked: Row) {
      const key = keyIn(asked);
      return key && (await reader.row(key));
    },
    list: (query: RowQuery) => reader.rows(layout.name, query),
  };
}
