import type { OpenTableProjection } from '../../consumers/tables/open-projection.ts';
import { isJsonObject } from '../../events/json-object.ts';
import type { Row } from '../../ports/row-store.ts';
import {
  inputOfKey,
  keyOfParameters,
  pathParameters,
  type Query,
  type TableReader,
} from '../../projections/tables/queries.ts';
import { comparableItem, comparableValue, comparedField, comparedTables } from '../../replay/compared-tables.ts';
import type { NoAnswer, TheirAnswer } from '../../replay/parity.ts';
import type { Comparable } from './answer-shapes.ts';
import type { AnswerPlace, ParityRules } from './rules.ts';

type Queries = OpenTableProjection['queries'];

/** Compares the answers of its queries, field by field as far as the other system has them. */
export function tableParity({ name, queries }: OpenTableProjection): ParityRules<TableReader> {
  return {
    answerOf: (document, place) => answerOf(queries, document, place),
    answersUnknown: true,
    compare: (reader) => comparedTables(name, queries, reader),
  };
}

function answerOf(queries: Queries, document: unknown, { key: asked, asked: path = [] }: AnswerPlace) {
  const failed = (error: string, key = asked): NoAnswer => ({ ...(key !== undefined && { key }), error });
  if (!isJsonObject(document)) return failed('not an object');
  const name = queryNamed(queries, document, path);
  const query = queries.get(name);
  if (query === undefined) return failed(`there is no query ${name}: it has ${[...queries.keys()].join(', ')}`);
  const key = asked ?? keyOfParameters(query, document);
  if (key === undefined) return failed(`it has no ${pathParameters(query.path).join(', ')}`);
  const input = inputOfKey(query, key);
  if (!input.success) return failed(input.error.issues[0]?.message ?? 'its key is not valid', key);
  const comparable = query.isList ? listIn(name, query, document) : valuesIn(name, query, document);
  return typeof comparable === 'string' ? failed(comparable, key) : ({ key, ...comparable } satisfies TheirAnswer);
}

/** The one that the document names, or else the path of its URL; the first one by default. */
function queryNamed(queries: Queries, { query }: Row, path: readonly string[]): string {
  if (typeof query === 'string') return query;
  return path.find((word) => queries.has(word)) ?? [...queries.keys()][0] ?? '';
}

function listIn(name: string, { answer }: Query, { items }: Row): Comparable | string {
  if (!Array.isArray(items)) return 'it has no items';
  const [first = ''] = Object.keys(answer.shape);
  const rows = items.filter(isJsonObject);
  if (rows.length > 0 && rows.length < items.length) return 'only some of its items are objects';
  // Plain values are those of the first field.
  const objects: readonly Row[] = rows.length > 0 ? rows : items.map((item: unknown) => ({ [first]: item }));
  // An item may lack optional ones.
  const given = Object.keys(answer.shape).filter((field) => rows.some((row) => Object.hasOwn(row, field)));
  const fields = rows.length > 0 ? given : [first];
  if (fields.length === 0) return `its items have none of ${Object.keys(answer.shape).join(', ')}`;
  const compared = objects.map((item) => comparableItem(item, fields));
  return { lists: { [comparedField(name, fields)]: compared }, values: {} };
}

function valuesIn(name: string, { path, answer }: Query, document: Row): Comparable | string {
  const parameters = pathParameters(path);
  const fields = Object.keys(answer.shape).filter(
    (field) => !parameters.includes(field) && Object.hasOwn(document, field),
  );
  if (fields.length === 0) return 'it contains nothing to compare';
  const values = fields.map((field) => [comparedField(name, [field]), comparableValue(document[field])] as const);
  return { lists: {}, values: Object.fromEntries(values) };
}
