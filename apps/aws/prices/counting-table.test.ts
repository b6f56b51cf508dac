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

  it('counts no entry of an index for a check: it writes nothing', async () => {
    const { table, taken } = openCountingTable(2);
    await table.put(indexed('1'));
    taken();
    await table.transact([{ check: key, condition: { expression: 'attribute_exists(pk)' } }]);
    expect(taken()).toEqual(units(2, 0, 1));
    expect(await table.get(key)).toEqual(indexed('1'));
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

  describe('counts a query request by request, as far as it is read', () => {
    const SIZE = 400;
    const sks = Array.from({ length: 1000 }, (_, number) => String(number).padStart(4, '0'));

    async function filled(bytes = SIZE) {
      const { table, taken } = openCountingTable(0);
      // The names and values of the key: pk, p, sk and four digits; then the name t.
      for (const sk of sks) await table.put({ pk: 'p', sk, t: 'x'.repeat(bytes - 2 - 1 - 2 - 4 - 1) });
      taken();
      return { table, taken };
    }

    it('with the asked number of items in each', async () => {
      const { table, taken } = await filled();
      for await (const page of table.query({ pk: 'p', pageSize: 22 })) {
        expect(page.map(({ sk }) => sk)).toEqual(sks.slice(0, 22));
        break;
      }
      // 22 × 400 bytes are 8,800: three started units of 4,096.
      expect(taken()).toEqual(units(0, 3, 1));
      let pages = 0;
      for await (const page of table.query({ pk: 'p', pageSize: 500, consistent: false })) {
        expect(page.length).toBe(pages < 2 ? 500 : 0);
        pages += 1;
      }
      // Twice 200,000 bytes, 49 units and a half of one; the second request does not know that it has read the last item.
      expect(taken()).toEqual(units(0, (49 + 49 + 1) / 2, 3));
    });

    it('with up to 1 MB in each', async () => {
      const { table, taken } = await filled(2000);
      const pages: number[] = [];
      for await (const page of table.query({ pk: 'p' })) pages.push(page.length);
      // 524 × 2,000 bytes do not exceed 1,048,576, and 525 do: 1,050,000 are 257 units; 475 × 2,000 are 232.
      expect(pages).toEqual([525, 475]);
      expect(taken()).toEqual(units(0, 257 + 232, 2));
    });

    it('from a place on, by a prefix, in both directions', async () => {
      const { table, taken } = await filled();
      const read = async (asked: object) => {
        const found: string[] = [];
        for await (const page of table.query({ pk: 'p', ...asked })) found.push(...page.map(({ sk }) => sk));
        return found;
      };
      expect(await read({ begins: '099' })).toEqual(sks.slice(990));
      // 10 × 400 bytes.
      expect(taken()).toEqual(units(0, 1, 1));
      expect(await read({ after: { pk: 'p', sk: '0979' } })).toEqual(sks.slice(980));
      // 20 × 400 bytes.
      expect(taken()).toEqual(units(0, 2, 1));
      expect(await read({ after: { pk: 'p', sk: '0002' }, falling: true })).toEqual(['0001', '0000']);
      expect(taken()).toEqual(units(0, 1, 1));
      expect(await read({ begins: 'x' })).toEqual([]);
      expect(taken()).toEqual(units(0, 1, 1));
    });

    it('and refuses a filter, which no store of rows asks for', async () => {
      const { table } = await filled();
      const filter = { expression: 't = :t', values: { ':t': 'x' } };
      await expect(table.query({ pk: 'p', filter }).next()).rejects.toThrow('without a filter');
    });
  });
});
