import { hash } from 'node:crypto';
import type { KeySample } from '../sample.ts';
import type { DynamoTable, TableQuery } from './dynamo-table.ts';
import type { Item } from './item.ts';

/** The result of an audit of one table of a projection's version. Tables built from the same history have the same digest. */
export interface TableAudit {
  readonly counts: Readonly<Record<string, number>>;
  /** The invariants that do not hold, in words. */
  readonly broken: readonly string[];
  readonly digest: string;
}

/** How a table is audited. */
export interface AuditOptions {
  /** Decides which users and yubls are looked up one by one: others with each version. */
  readonly seed: string;
  /** Rejects with its reason once it is aborted. */
  readonly signal?: AbortSignal;
  /** Called with the number of items of each page. */
  readonly onItems?: (count: number) => void;
}

const SCANS = 4;

/** Visits every item, strongly consistent, in several scans side by side and in no order. Costs one read unit per 4 KB. */
export async function eachItem(
  table: DynamoTable,
  visit: (item: Item) => void,
  { signal, onItems }: Omit<AuditOptions, 'seed'> = {},
): Promise<void> {
  const scans = Array.from({ length: SCANS }, async (_, index) => {
    for await (const page of table.scan(undefined, { index, of: SCANS })) {
      signal?.throwIfAborted();
      page.forEach(visit);
      onItems?.(page.length);
    }
  });
  await Promise.all(scans);
}

/** A collection of texts of which only their number and the sum of their hashes is kept, so that it takes no memory. Two collections
 *  of the same texts are equal, in whatever order they were added; others are equal by an accident of 1 in 2^64. */
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

/** Notes that two collections differ, and by how many. */
export function noteUnequal(broken: string[], wrong: string, [one, other]: readonly [TextSum, TextSum]): void {
  if (one.equals(other)) return;
  const [a, b] = [one.count(), other.count()];
  broken.push(a === b ? `${wrong} (${a} each, but not the same)` : `${wrong} (${a} and ${b})`);
}

/** Looks up the drawn keys one by one, and notes how many of them are wrong, with the first of them. */
export type LookUp = (wrong: string, sample: KeySample, isWrong: (key: string) => Promise<boolean>) => Promise<void>;

export function lookUpsInto(broken: string[], { signal }: Pick<AuditOptions, 'signal'>): LookUp {
  return async (wrong, sample, isWrong) => {
    const keys = sample.drawn();
    const found: string[] = [];
    for (const key of keys) {
      signal?.throwIfAborted();
      if (await isWrong(key)) found.push(key);
    }
    if (found.length > 0)
      broken.push(`${wrong}: ${found.length} of ${keys.length} looked up, for instance ${found[0]}`);
  };
}

/** Reads one item at most. */
export async function hasAny(table: DynamoTable, query: TableQuery): Promise<boolean> {
  for await (const page of table.query({ ...query, pageSize: 1 })) return page.length > 0;
  return false;
}
