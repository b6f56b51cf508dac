/** First in, first out; each operation takes constant time. */
export interface Fifo<Item> {
  readonly length: number;
  push(item: Item): void;
  /** The oldest item, undefined if there is none. */
  first(): Item | undefined;
  last(): Item | undefined;
  shift(): Item | undefined;
  [Symbol.iterator](): Iterator<Item>;
}

const COMPACT_AFTER = 256;

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let begin = 0;
  return {
    get length() {
      return items.length - begin;
    },
    push: (item) => void items.push(item),
    first: () => items[begin],
    last: () => items.at(-1),
    shift() {
      const item = items[begin];
      if (begin < items.length) items[begin++] = undefined;
      if (begin === items.length) [items, begin] = [[], 0];
      else if (begin >= COMPACT_AFTER && begin * 2 > items.length) [items, begin] = [items.slice(begin), 0];
      return item;
    },
    [Symbol.iterator]: () => items.slice(begin)[Symbol.iterator]() as Iterator<Item>,
  };
}
