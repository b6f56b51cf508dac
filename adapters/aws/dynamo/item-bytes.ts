import type { Item, ItemKey } from './item.ts';

// How DynamoDB measures items, and its limits. They are in bytes of UTF-8, while the limits of the catalog are in
// characters. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html and
// /Constraints.html

export const ITEM_BYTES_MAX = 400 * 1024;
const PARTITION_KEY_BYTES_MAX = 2048;
const SORT_KEY_BYTES_MAX = 1024;
const NUMBER_BYTES_MAX = 21;

/** The size of an item as DynamoDB counts it, or a little more if it contains numbers. */
export function itemBytes(item: Item): number {
  return fieldsBytes(item);
}

function fieldsBytes(fields: object): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) bytes += Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return NUMBER_BYTES_MAX;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 1;
  if (!Array.isArray(value)) return 3 + Object.keys(value).length + fieldsBytes(value);
  return value.reduce<number>((sum, element) => sum + 1 + valueBytes(element), 3);
}

/** False for a key that no item can have: a URL may contain an id of any length, and DynamoDB would refuse the
 *  request. */
export function canBeKey({ pk, sk }: ItemKey): boolean {
  return canBePartition(pk) && fits(sk, SORT_KEY_BYTES_MAX);
}

export function canBePartition(pk: string): boolean {
  return fits(pk, PARTITION_KEY_BYTES_MAX);
}

function fits(text: string, bytesMax: number): boolean {
  return text !== '' && text.length <= bytesMax && (3 * text.length <= bytesMax || Buffer.byteLength(text) <= bytesMax);
}
