import { describe, expect, it } from 'vitest';
import { indexKeys } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import type { Item } from '../../../adapters/aws/dynamo/item.ts';
import { openCountingTable } from './counting-table.ts';
import { units } from './units.ts';

const key = { pk: 'p', sk: 's' };
const KEY_BYTES = 'pk'.length + 'p'.length + 'sk'.length + 's'.length;
const itemOf = (bytes: number): Item => ({ ...key, t: 'x'.repeat(bytes - KEY_BYTES - 't'.length) });
const { partition, sort } = indexKeys(0);
const indexed = (place: string, more?: string): Item => ({ ...key, [partition]: 'i', [sort]: place, more });

describe('a table that counts', () => {
  it('counts a write by the larger of the item before and after, per started KiB', async () => {
    const { table, taken } = openCountingTable(0);
    await table.put(itemOf(1024));
    expect(taken()).toEqual(units(1, 0, 1));
    await table.put(itemOf(1025));
    expect(taken()).toEqual(units(2, 0, 1));
    await table.put(itemOf(100));
    expect(taken()).toEqual(units(2, 0, 1));
  });

  it('counts each action of a transaction twice, also a check and a deletion of nothing', async () => {
    const { table, taken } = openCountingTable(0);
    const condition = { expression: 'attribute_not_exists(pk)' };
    await table.transact([
      { put: itemOf(1025) },
      { check: { ...key, sk: 't' }, condition },
      { delete: { ...key, sk: 'u' } },
    ]);
    expect(taken()).toEqual(units(4 + 2 + 2, 0, 1));
    await table.transact([{ delete: key }]);
    expect(taken()).toEqual(units(4, 0, 1));
    expect(await table.get(key)).toBeUndefined();
  });

  it('counts what is put into an index, replaced, moved and removed there, once in a transaction as well', async () => {
    const { table, taken } = openCountingTable(2);
    await table.put(indexed('1'));
    expect(taken()).toEqual(units(1 + 1, 0, 1));
    await table.put(indexed('1', 'changed'));
    expect(taken()).toEqual(units(1 + 1, 0, 1));
    await table.transact([{ put: indexed('2') }]);
    expect(taken()).toEqual(units(2 + 2, 0, 1));
    await table.put(key);
    expect(taken()).toEqual(units(1 + 1, 0, 1));
    await table.put(key);
    expect(taken()).toEqual(units(1, 0, 1));
  });

  it('counts reads of an item per started 4 KiB, and one of nothing', async () => {
    const { table, taken } = openCountingTable(0);
    await table.put(itemOf(4097));
    taken();
    await table.get(key);
    expect(taken()).toEqual(units(0, 2, 1));
    const keys = Array.from({ length: 100 }, (_, index) => ({ pk: `other ${index}`, sk: 's' }));
    expect([...(await table.getAll([key, ...keys])).values()]).toEqual([itemOf(4097)]);
    expect(taken()).toEqual(units(0, 2 + 100, 2));
    await table.getAll([key, key], { consistent: false });
    expect(taken()).toEqual(units(0, 1, 1));
  });

  it('counts a query by all that it returns, and half of that in an index', async () => {
    const { table, taken } = openCountingTable(1);
    for (const sk of ['1', '2', '3']) await table.put({ ...indexed(sk), sk, t: 'x'.repeat(2000) });
    taken();
    const read = async (asked: Parameters<typeof table.query>[0]) => {
      const found: string[] = [];
      for await (const page of table.query(asked)) found.push(...page.map(({ sk }) => sk));
      return found;
    };
    expect(await read({ pk: 'p' })).toEqual(['1', '2', '3']);
    expect(taken()).toEqual(units(0, 2, 1));
    expect(await read({ pk: 'i', index: 0, between: ['2', '3'], falling: true })).toEqual(['3', '2']);
    expect(taken()).toEqual(units(0, 0.5, 1));
  });
});
