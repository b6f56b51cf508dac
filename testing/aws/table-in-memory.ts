import { type Item, type ItemKey, keyText } from '../../adapters/aws/dynamo/item.ts';
import { keyRangeOf } from '../../events/key-range.ts';
import { holds, updated } from './expression-evaluation.ts';
import {
  type Condition,
  type DynamoTable,
  indexKeys,
  type ScanPart,
  type TableQuery,
  type TransactAction,
  type UpdateExpression,
} from '../../adapters/aws/dynamo/dynamo-table.ts';

/** Hooks around a request: `before` it is done and `after`. Either may wait, and throw. */
export interface Weather {
  before(): Promise<void>;
  after(): Promise<void>;
  /** Whether the response to this write is lost, so that the SDK sends it again. */
  answerIsLost(): boolean;
}

const PAGE_SIZE = 3;

/** A table in memory, for interleavings and crashes of thousands of histories: each request takes time and takes effect
 *  at one moment, and a read of several items or pages reads each at a moment of its own. The store's real requests are
 *  tested on an emulator. */
export function openTableInMemory(weather: Weather): DynamoTable {
  const { found, keep, remove, candidates, everyItem } = openPartitions();

  async function request<Answer>(effect: () => Answer): Promise<Answer> {
    await weather.before();
    const answer = effect();
    await weather.after();
    return answer;
  }

  /** If the first response is lost, the second of two equal writes is answered. */
  async function write<Answer>(effect: () => Answer): Promise<Answer> {
    if (weather.answerIsLost()) await request(effect);
    return await request(effect);
  }

  function change(action: TransactAction): void {
    if ('put' in action) keep(structuredClone(action.put));
    else if ('delete' in action) remove(action.delete);
    else if ('update' in action) {
      const { pk, sk } = action.update;
      keep(updated(found(action.update) ?? { pk, sk }, action.change));
    }
  }

  function together(actions: readonly TransactAction[]): number[] {
    if (actions.length > 100) throw new Error('More than 100 actions in a transaction');
    const keys = actions.map((action) => keyText(keyOf(action)));
    if (new Set(keys).size < keys.length) throw new Error('Two actions on one item in a transaction');
    const lost = actions.flatMap((action, place) => {
      const condition = conditionOf(action);
      return condition === undefined || holds(found(keyOf(action)), condition) ? [] : [place];
    });
    if (lost.length === 0) actions.forEach(change);
    return lost;
  }

  const one = async (action: TransactAction) => (await write(() => together([action]))).length === 0;

  async function* query(asked: TableQuery): AsyncGenerator<Item[], void> {
    const size = Math.min(asked.pageSize ?? PAGE_SIZE, PAGE_SIZE);
    for (let from = asked.after; ;) {
      const page = await request(() => inOrder(candidates(asked), asked, from).slice(0, size));
      yield page.filter((item) => asked.filter === undefined || holds(item, asked.filter)).map((item) => ({ ...item }));
      if (page.length < size) return;
      from = page.at(-1);
    }
  }

  const get = async (key: ItemKey) => structuredClone(await request(() => found(key)));

  return {
    name: 'in-memory',
    get,
    async getAll(keys) {
      const got = await Promise.all(keys.map(get));
      return new Map(got.flatMap((item) => (item === undefined ? [] : [[keyText(item), item]])));
    },
    query,
    async queryAll(asked) {
      const all: Item[] = [];
      for await (const page of query(asked)) all.push(...page);
      return all;
    },
    async *scan(filter, part = { index: 0, of: 1 }) {
      yield await request(() => everyItem().filter((item) => isScanned(item, part, filter)));
    },
    put: (item, condition) => one({ put: item, ...(condition && { condition }) }),
    update: (key, update) => one({ update: key, change: update }),
    delete: (key, condition) => one({ delete: key, ...(condition && { condition }) }),
    transact: (actions) => write(() => together(actions)),
    async write(item) {
      await one({ put: item });
    },
    async erase(key) {
      await one({ delete: key });
    },
  };
}

/** By partition and then by sort key, so that a query does not look at all others. */
function openPartitions() {
  const partitions = new Map<string, Map<string, Item>>();
  const everyItem = () => [...partitions.values()].flatMap((items) => [...items.values()]);
  return {
    found: ({ pk, sk }: ItemKey) => partitions.get(pk)?.get(sk),
    keep(item: Item): void {
      const there = partitions.get(item.pk);
      if (there === undefined) partitions.set(item.pk, new Map([[item.sk, item]]));
      else there.set(item.sk, item);
    },
    remove: ({ pk, sk }: ItemKey) => void partitions.get(pk)?.delete(sk),
    /** An index is scanned. Unlike a real one it is never behind. */
    candidates({ pk, index }: TableQuery): Iterable<Item> {
      if (index === undefined) return partitions.get(pk)?.values() ?? [];
      return everyItem().filter((item) => item[indexKeys(index).partition] === pk);
    },
    everyItem,
  };
}

function inOrder(
  items: Iterable<Item>,
  { begins, between, falling = false, index }: TableQuery,
  from?: ItemKey,
): Item[] {
  const sort = index === undefined ? 'sk' : indexKeys(index).sort;
  const textOf = (item: ItemKey) => (item as Item)[sort] as string;
  const [low, high] = between ?? ['', undefined];
  const inRange = (text: string) =>
    begins === undefined
      ? bytesOrder(text, low) >= 0 && (high === undefined || bytesOrder(text, high) <= 0)
      : text.startsWith(begins);
  const behind = (text: string) => from === undefined || bytesOrder(text, textOf(from)) * (falling ? -1 : 1) > 0;
  return [...items]
    .filter((item) => inRange(textOf(item)) && behind(textOf(item)))
    .toSorted((a, b) => bytesOrder(textOf(a), textOf(b)) * (falling ? -1 : 1));
}

/** As DynamoDB orders texts. */
function bytesOrder(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function keyOf(action: TransactAction): ItemKey {
  if ('put' in action) return action.put;
  if ('update' in action) return action.update;
  return 'delete' in action ? action.delete : action.check;
}

function conditionOf(action: TransactAction): Condition | undefined {
  return 'update' in action ? updateCondition(action.change) : action.condition;
}

function updateCondition({ condition, names, values }: UpdateExpression): Condition | undefined {
  if (condition === undefined) return undefined;
  return { expression: condition, ...(names && { names }), ...(values && { values }) };
}

function isScanned(item: Item, { index, of }: ScanPart, filter?: Condition): boolean {
  return keyRangeOf(item.pk) % of === index && (filter === undefined || holds(item, filter));
}
