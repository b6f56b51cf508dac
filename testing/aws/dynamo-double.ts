import { type Item, type ItemKey, keyText } from '../../adapters/aws/dynamo/item.ts';
import { type Attribute, bytesOfAttributes, fromAttributes, toAttributes } from './attribute-values.ts';
import { holds, updated } from './expression-evaluation.ts';

// DynamoDB with one table, as far as openDynamoTable uses it, with its documented limits. Not an emulator: it
// understands the conditions of these tests, and exists to fail on demand (troubled-dynamo.ts).

type Attributes = Record<string, Attribute>;
type Input = Readonly<Record<string, unknown>>;

export interface DynamoDouble {
  readonly items: ReadonlyMap<string, Item>;
  /** Returns the response body. Throws a refusal. */
  perform(operation: string, input: Input): Record<string, unknown>;
}

/** A response of DynamoDB with status 400. */
export class Refusal extends Error {
  readonly code: string;
  readonly reasons: readonly string[];
  constructor(code: string, reasons: readonly string[] = []) {
    super(code);
    this.code = code;
    this.reasons = reasons;
  }
}

const KIB = 1024;
const MIB = 1024 * KIB;
const invalid = (when: boolean) => {
  if (when) throw new Refusal('ValidationException');
};

export function openDynamoDouble(): DynamoDouble {
  const items = new Map<string, Item>();
  const tokens = new Map<string, string>();

  function one(action: Action): Record<string, unknown> {
    if (!mayBeDone(items, action)) throw new Refusal('ConditionalCheckFailedException');
    change(items, action);
    return {};
  }

  const operations: Record<string, (input: Input) => Record<string, unknown>> = {
    GetItem({ Key }) {
      assertKey(Key as Attributes);
      const item = items.get(keyText(fromAttributes(Key as Attributes) as Item));
      return item === undefined ? {} : { Item: toAttributes(item) };
    },
    Query: (input) => querySome(items, input),
    BatchGetItem: (input) => getSome(items, input),
    BatchWriteItem: (input) => writeSome(items, input),
    PutItem: (input) => one({ Put: input }),
    UpdateItem: (input) => one({ Update: input }),
    DeleteItem: (input) => one({ Delete: input }),
    TransactWriteItems({ TransactItems, ClientRequestToken }) {
      const actions = TransactItems as Action[];
      const token = ClientRequestToken as string;
      invalid(actions.length > 100 || bytesOfAll(actions.map(saidBy)) > 4 * MIB);
      const said = JSON.stringify(actions);
      if (tokens.has(token)) {
        if (tokens.get(token) !== said) throw new Refusal('IdempotentParameterMismatchException');
        return {};
      }
      const reasons = actions.map((action) => (mayBeDone(items, action) ? 'None' : 'ConditionalCheckFailed'));
      if (reasons.some((reason) => reason !== 'None')) throw new Refusal('TransactionCanceledException', reasons);
      for (const action of actions) change(items, action);
      tokens.set(token, said);
      return {};
    },
  };

  return {
    items,
    perform(operation, input) {
      const asked = operations[operation];
      if (asked === undefined) throw new Refusal('UnknownOperationException');
      return asked(input);
    },
  };
}

type Items = Map<string, Item>;

/** In the terms of queryInput, without filters, and in one page if there is no limit. */
function querySome(items: Items, input: Input): Record<string, unknown> {
  const { KeyConditionExpression: asked, ScanIndexForward: rising, Limit: limit, ExclusiveStartKey: start } = input;
  const values = fromAttributes(input['ExpressionAttributeValues'] as Attributes) as Record<string, string>;
  const { ':pk': pk, ':begins': begins = '', ':low': low = '', ':high': high } = values;
  const conditions = ['pk = :pk', 'pk = :pk AND begins_with(sk, :begins)', 'pk = :pk AND sk BETWEEN :low AND :high'];
  invalid(!conditions.includes(asked as string) || 'FilterExpression' in input);
  assertKey({ pk: { S: pk }, sk: { S: high ?? 's' } });
  const from = start === undefined ? undefined : (fromAttributes(start as Attributes) as unknown as ItemKey).sk;
  const found = [...items.values()]
    .filter(
      ({ sk, ...item }) => item.pk === pk && sk.startsWith(begins) && sk >= low && (high === undefined || sk <= high),
    )
    .filter(({ sk }) => from === undefined || (rising === false ? sk < from : sk > from))
    .toSorted((a, b) => (a.sk < b.sk ? -1 : 1) * (rising === false ? -1 : 1));
  const page = found.slice(0, (limit as number | undefined) ?? Infinity);
  const last = page.at(-1);
  const more = last !== undefined && page.length < found.length;
  return {
    Items: page.map(toAttributes),
    ...(more && { LastEvaluatedKey: toAttributes({ pk: last.pk, sk: last.sk }) }),
  };
}

function getSome(items: Items, { RequestItems }: Input): Record<string, unknown> {
  const [[table, { Keys }]] = Object.entries(RequestItems as object) as [[string, { Keys: Attributes[] }]];
  invalid(Keys.length > 100 || hasDuplicates(Keys));
  Keys.forEach(assertKey);
  let bytes = 0;
  const found: Attributes[] = [];
  const left = Keys.filter((key) => {
    const item = items.get(keyText(fromAttributes(key) as Item));
    if (item === undefined) return false;
    bytes += bytesOfAttributes(toAttributes(item));
    if (bytes <= 16 * MIB) found.push(toAttributes(item));
    return bytes > 16 * MIB;
  });
  return { Responses: { [table]: found }, UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {} };
}

function writeSome(items: Items, { RequestItems }: Input): Record<string, unknown> {
  const [[, requests]] = Object.entries(RequestItems as object) as [[string, Write[]]];
  invalid(
    requests.length > 25 || hasDuplicates(requests.map(keyOfWrite)) || bytesOfAll(requests.map(saidBy)) > 16 * MIB,
  );
  // All or none are applied.
  for (const request of requests) refuseUnstorable(saidBy(request));
  for (const request of requests) {
    if ('PutRequest' in request) change(items, { Put: request.PutRequest });
    else change(items, { Delete: request.DeleteRequest });
  }
  return { UnprocessedItems: {} };
}

function mayBeDone(items: Items, action: Action): boolean {
  const [[, said]] = Object.entries(action) as [[string, Said]];
  const condition = said.ConditionExpression;
  return condition === undefined || holds(items.get(keyOfRequest(said)), { expression: condition, ...wordsOf(said) });
}

function change(items: Items, action: Action): void {
  const [[verb, said]] = Object.entries(action) as [[string, Said]];
  const key = keyOfRequest(said);
  refuseUnstorable(said);
  if (verb === 'Put') items.set(key, fromAttributes(said.Item ?? {}) as Item);
  if (verb === 'Delete') items.delete(key);
  if (verb !== 'Update') return;
  const before = items.get(key) ?? (fromAttributes(said.Key ?? {}) as Item);
  items.set(key, updated(before, { update: said.UpdateExpression ?? '', ...wordsOf(said) }));
}

function refuseUnstorable({ Item, Key }: Said): void {
  assertKey(Item ?? Key);
  invalid(Item !== undefined && bytesOfAttributes(Item) > 400 * KIB);
}

function assertKey({ pk, sk }: Attributes = {}): void {
  const bytesOf = (key?: Attribute) => (typeof key?.['S'] === 'string' ? Buffer.byteLength(key['S']) : 0);
  invalid(bytesOf(pk) < 1 || bytesOf(pk) > 2 * KIB || bytesOf(sk) < 1 || bytesOf(sk) > KIB);
}

const saidBy = (request: object): Said => (Object.values(request) as Said[])[0] ?? {};

function bytesOfAll(all: readonly Said[]): number {
  const parts = all.flatMap(({ Item = {}, ExpressionAttributeValues: values = {} }) => [Item, values]);
  return parts.reduce((sum, attributes) => sum + bytesOfAttributes(attributes), 0);
}

type Write = { PutRequest: { Item: Attributes } } | { DeleteRequest: { Key: Attributes } };
type Action = Readonly<Record<string, unknown>>;
interface Said {
  readonly Item?: Attributes;
  readonly Key?: Attributes;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Attributes;
}

function keyOfRequest({ Item, Key }: Said): string {
  return keyText(fromAttributes(Item ?? Key ?? {}) as unknown as ItemKey);
}

function wordsOf({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Said) {
  return { ...(names && { names }), ...(values && { values: fromAttributes(values) }) };
}

function keyOfWrite(request: Write): Attributes {
  const { pk, sk } = 'PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key;
  return { ...(pk && { pk }), ...(sk && { sk }) };
}

function hasDuplicates(keys: readonly Attributes[]): boolean {
  return new Set(keys.map((key) => JSON.stringify(key))).size < keys.length;
}
