import { type Item, type ItemKey, keyText } from '../dynamo/item.ts';
import { type Attribute, fromAttributes, toAttributes } from './attribute-values.ts';
import { holds, updated } from './expression-evaluation.ts';

// What DynamoDB does with one table, as far as openDynamoTable asks for it, with its documented limits. Not an emulator: it
// understands the conditions of these tests, and is there to fail as it is told (troubled-dynamo.ts).

type Attributes = Record<string, Attribute>;
type Input = Readonly<Record<string, unknown>>;

export interface DynamoDouble {
  readonly items: ReadonlyMap<string, Item>;
  /** The answer's body. Throws a refusal. */
  perform(operation: string, input: Input): Record<string, unknown>;
}

/** What DynamoDB answers with status 400. */
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
      const item = items.get(keyText(fromAttributes(Key as Attributes) as Item));
      return item === undefined ? {} : { Item: toAttributes(item) };
    },
    BatchGetItem: (input) => getSome(items, input),
    BatchWriteItem: (input) => writeSome(items, input),
    PutItem: (input) => one({ Put: input }),
    UpdateItem: (input) => one({ Update: input }),
    DeleteItem: (input) => one({ Delete: input }),
    TransactWriteItems({ TransactItems, ClientRequestToken }) {
      const actions = TransactItems as Action[];
      const token = ClientRequestToken as string;
      invalid(actions.length > 100 || sizeOf(actions) > 4 * MIB);
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

function getSome(items: Items, { RequestItems }: Input): Record<string, unknown> {
  const [[table, { Keys }]] = Object.entries(RequestItems as object) as [[string, { Keys: Attributes[] }]];
  invalid(Keys.length > 100 || hasTwice(Keys));
  let bytes = 0;
  const found: Attributes[] = [];
  const left = Keys.filter((key) => {
    const item = items.get(keyText(fromAttributes(key) as Item));
    if (item === undefined) return false;
    bytes += sizeOf(toAttributes(item));
    if (bytes <= 16 * MIB) found.push(toAttributes(item));
    return bytes > 16 * MIB;
  });
  return { Responses: { [table]: found }, UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {} };
}

function writeSome(items: Items, { RequestItems }: Input): Record<string, unknown> {
  const [[, requests]] = Object.entries(RequestItems as object) as [[string, Write[]]];
  invalid(requests.length > 25 || hasTwice(requests.map(keyOfWrite)) || sizeOf(requests) > 16 * MIB);
  // All or none are refused.
  invalid(requests.some((request) => 'PutRequest' in request && isTooLarge(request.PutRequest.Item)));
  for (const request of requests) {
    if ('PutRequest' in request) change(items, { Put: request.PutRequest });
    else change(items, { Delete: request.DeleteRequest });
  }
  return { UnprocessedItems: {} };
}

function mayBeDone(items: Items, action: Action): boolean {
  const [[, said]] = Object.entries(action) as [[string, Said]];
  const condition = said.ConditionExpression;
  return condition === undefined || holds(items.get(keyOfSaid(said)), { expression: condition, ...wordsOf(said) });
}

function change(items: Items, action: Action): void {
  const [[verb, said]] = Object.entries(action) as [[string, Said]];
  const key = keyOfSaid(said);
  invalid(isTooLarge(said.Item));
  if (verb === 'Put') items.set(key, fromAttributes(said.Item ?? {}) as Item);
  if (verb === 'Delete') items.delete(key);
  if (verb !== 'Update') return;
  const before = items.get(key) ?? (fromAttributes(said.Key ?? {}) as Item);
  items.set(key, updated(before, { update: said.UpdateExpression ?? '', ...wordsOf(said) }));
}

function isTooLarge(item: Attributes | undefined): boolean {
  return item !== undefined && sizeOf(item) > 400 * KIB;
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

function keyOfSaid({ Item, Key }: Said): string {
  return keyText(fromAttributes(Item ?? Key ?? {}) as unknown as ItemKey);
}

function wordsOf({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Said) {
  return { ...(names && { names }), ...(values && { values: fromAttributes(values) }) };
}

function keyOfWrite(request: Write): Attributes {
  const { pk, sk } = 'PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key;
  return { ...(pk && { pk }), ...(sk && { sk }) };
}

function hasTwice(keys: readonly Attributes[]): boolean {
  return new Set(keys.map((key) => JSON.stringify(key))).size < keys.length;
}

// Names and values, nearly as DynamoDB counts them.
function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
