import { hash } from 'node:crypto';
import type { DynamoTable } from './dynamo-table.ts';
import type { Item } from './item.ts';

/** What was found in the table of a version of a projection. Two tables of one history have the same digest. */
export interface TableAudit {
  readonly counts: Readonly<Record<string, number>>;
  /** What cannot be, in words. */
  readonly broken: readonly string[];
  readonly digest: string;
}

const SCANS = 4;

/** Every item, strongly consistent, in several scans side by side and no order. Costs one read unit for each 4 KB. */
export async function eachItem(table: DynamoTable, look: (item: Item) => void): Promise<void> {
  const all = { expression: 'attribute_exists(pk)' };
  const scans = Array.from({ length: SCANS }, async (_, index) => {
    for await (const page of table.scan(all, { index, of: SCANS })) page.forEach(look);
  });
  await Promise.all(scans);
}

/** A collection of texts of which only their number and a sum is kept, so that it takes no memory: two collections of the same
 *  texts, each as often, are equal in whatever order they were added; two others are by an accident of 1 in 2^64. */
export interface TextSum {
  add(text: string, times?: number): void;
  count(): number;
  equals(other: TextSum): boolean;
  /** 16 hexadecimal digits. */
  digest(): string;
}

export function createTextSum(): TextSum {
  let [sum, count] = [0n, 0];
  const digest = () => sum.toString(16).padStart(16, '0');
  return {
    add(text, times = 1) {
      count += times;
      const value = hash('sha1', text, 'buffer').readBigUInt64BE();
      sum = BigInt.asUintN(64, sum + BigInt(times) * value);
    },
    count: () => count,
    equals: (other) => other.digest() === digest() && other.count() === count,
    digest,
  };
}

/** Notes a difference between what two collections hold. */
export function noteUnequal(broken: string[], wrong: string, [one, other]: readonly [TextSum, TextSum]): void {
  if (!one.equals(other)) broken.push(`${wrong} (${one.count()} and ${other.count()})`);
}
