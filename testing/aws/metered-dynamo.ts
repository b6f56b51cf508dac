import { openDynamoDouble } from './dynamo-double.ts';
import { type Attribute, fromAttributes, toAttributes } from './attribute-values.ts';
import { holds } from './expression-evaluation.ts';
import { type Item, keyText } from '../../adapters/aws/dynamo/item.ts';

// DynamoDB in this process that reports the capacity of each request, by the rules of the developer guide ("Read and write
// operations", "Item sizes and formats"), so that the cost of a store can be counted without an account:
//   - an item is the bytes of its attributes' names and values;
//   - a write: one unit per started KiB of the larger of the item before and after, two in a transaction; one if there is
//     no item;
//   - a read of one item: one unit per started 4 KiB, half of that without strong consistency; for a query, of all items
//     that it examines together, including those that the filter omits; for a batch, of each item by itself.

type Attributes = Record<string, Attribute>;
type Input = Readonly<Record<string, unknown>>;
type Action = Readonly<Record<string, Input>>;

const WRITE_UNIT = 1024;
const READ_UNIT = 4096;
const PAGE_BYTES = 1024 * 1024;

/** A request handler for a client of the SDK: instead of HTTP. */
export function meteredDynamo() {
  const { items, perform } = openDynamoDouble();

  const sizeAt = (key: Attributes) => sizeOf(items.get(keyText(fromAttributes(key) as Item)));

  /** Completed, with the consumed capacity. */
  function written(keys: readonly Attributes[], times: number, done: () => Record<string, unknown>) {
    const before = keys.map(sizeAt);
    const answer = done();
    const units = keys.map((key, place) =>
      Math.max(1, Math.ceil(Math.max(before[place] ?? 0, sizeAt(key)) / WRITE_UNIT)),
    );
    return consuming(answer, times * units.reduce((sum, each) => sum + each, 0));
  }

  function answer(operation: string, input: Input): Record<string, unknown> {
    const done = () => perform(operation, input);
    if (operation === 'Query') return query(items, input);
    if (operation === 'GetItem') {
      return consuming(done(), readUnits(sizeAt(input['Key'] as Attributes), input['ConsistentRead']));
    }
    if (operation === 'BatchGetItem') {
      const [asked] = Object.values(
        input['RequestItems'] as Record<string, { Keys: Attributes[]; ConsistentRead?: boolean }>,
      );
      const units = (asked?.Keys ?? []).map((key) => readUnits(sizeAt(key), asked?.ConsistentRead));
      return consuming(
        done(),
        units.reduce((sum, each) => sum + each, 0),
      );
    }
    if (operation === 'BatchWriteItem') {
      const [requests = []] = Object.values(input['RequestItems'] as Record<string, Action[]>);
      return written(
        requests.map((request) => keyOf(Object.values(request)[0] ?? {})),
        1,
        done,
      );
    }
    if (operation === 'TransactWriteItems') {
      const actions = input['TransactItems'] as Action[];
      return written(
        actions.map((action) => keyOf(Object.values(action)[0] ?? {})),
        2,
        done,
      );
    }
    return written([keyOf(input)], 1, done);
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ headers, body }: { headers: Record<string, string>; body?: Uint8Array | string }) {
      const operation = String(headers['x-amz-target']).replace(/^.*\./, '');
      const text = JSON.stringify(answer(operation, JSON.parse(Buffer.from(body ?? '').toString()) as Input));
      return {
        response: {
          statusCode: 200,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: Buffer.from(text),
        },
      };
    },
  };
}

function query(items: ReadonlyMap<string, Item>, input: Input): Record<string, unknown> {
  const { ExpressionAttributeValues, ExclusiveStartKey, ScanIndexForward, Limit = Infinity, FilterExpression } = input;
  const values = fromAttributes(ExpressionAttributeValues as Attributes);
  const from = ExclusiveStartKey && (fromAttributes(ExclusiveStartKey as Attributes) as Item);
  const falling = ScanIndexForward === false;
  const looked: Item[] = [];
  let bytes = 0;
  const inRange = inOrder(items, values, falling).filter(
    ({ sk }) => !from || (falling ? sk < (from as Item).sk : sk > (from as Item).sk),
  );
  for (const item of inRange) {
    if (looked.length === Limit || bytes > PAGE_BYTES) break;
    looked.push(item);
    bytes += sizeOf(item);
  }
  const last = looked.length < inRange.length || looked.length === Limit ? looked.at(-1) : undefined;
  const shown =
    FilterExpression === undefined
      ? looked
      : looked.filter((item) => holds(item, { expression: FilterExpression as string, values }));
  return consuming(
    { Items: shown.map(toAttributes), ...(last && { LastEvaluatedKey: toAttributes({ pk: last.pk, sk: last.sk }) }) },
    readUnits(bytes, input['ConsistentRead']),
  );
}

function inOrder(items: ReadonlyMap<string, Item>, values: Record<string, unknown>, falling: boolean): Item[] {
  const {
    ':pk': pk,
    ':begins': begins = '',
    ':low': low = '',
    ':high': high = '\uffff',
  } = values as Record<string, string>;
  return [...items.values()]
    .filter((item) => item.pk === pk && item.sk.startsWith(begins) && item.sk >= low && item.sk <= high)
    .toSorted((a, b) => (a.sk < b.sk ? -1 : 1) * (falling ? -1 : 1));
}

function readUnits(bytes: number, consistent: unknown): number {
  return (Math.max(1, Math.ceil(bytes / READ_UNIT)) * (consistent === true ? 2 : 1)) / 2;
}

function consuming(answer: Record<string, unknown>, CapacityUnits: number): Record<string, unknown> {
  return { ...answer, ConsumedCapacity: { CapacityUnits } };
}

function keyOf({ Item: item, Key }: Input): Attributes {
  const { pk = {}, sk = {} } = (item ?? Key) as Attributes;
  return { pk, sk };
}

/** 0 if there is none. */
function sizeOf(item: Item | undefined): number {
  return Object.entries(item ?? {}).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value),
    0,
  );
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  // Two digits per byte, and one more.
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[-.]/g, '').length / 2) + 1;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, each) => sum + 1 + sizeOfValue(each), 0);
  return 1;
}
