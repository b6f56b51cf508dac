import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { ROWS_PER_EVENT_MAX } from '../../ports/row-store.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { rowStores } from '../../testing/tables/row-stores.ts';
import { openTableProjection } from './open-projection.ts';

const row = z.object({ id: z.string(), a: z.string(), b: z.string(), c: z.string() });
type Owner = 'id' | 'a' | 'b' | 'c';

/** Changes as many rows as it is told, each of which gets other owners with each event, and reads some others. */
function opened(open: (typeof rowStores)[string], belongsTo: readonly Owner[]) {
  const owned = defineTable({ row, key: { partition: 'id' }, belongsTo });
  let rows = { changed: 0, read: 0 };
  const declared = defineTables({
    tables: { owned },
    on: {
      async 'user-left'({ id: event }, all) {
        for (let number = 0; number < rows.changed; number += 1) {
          const [a, b, c] = ['a', 'b', 'c'].map((owner) => `${owner}${number} of ${event}`) as [string, string, string];
          all.owned.change({ id: `${number}` }, () => ({ a, b, c }));
        }
        for (let number = 0; number < rows.read; number += 1) await all.owned.get({ id: `read ${number}` });
      },
    },
    queries: () => ({}),
  });
  const projection = openTableProjection('owning', declared);
  const store = open(projection);
  const consume = handleAlone(projection.consumer(store));
  const find = async (number: number) => (await store.find({ table: 'owned', partition: `${number}` })).row;
  let events = 0;
  return {
    async handle(changed: number, read = 0) {
      rows = { changed, read };
      const sequence = sequenceOf(1, (events += 1));
      await consume({ ...recordedEvent('user-left', { userId: 'f'.repeat(24) }, { sequence }), id: `event ${events}` });
    },
    stored: async () => await Promise.all(Array.from({ length: ROWS_PER_EVENT_MAX }, (_, number) => find(number))),
  };
}

describe.each(Object.entries(rowStores))('rows of several users in %s', (_, open) => {
  const most: [readonly Owner[], number][] = [
    [['id'], ROWS_PER_EVENT_MAX],
    [['id', 'a'], ROWS_PER_EVENT_MAX],
    [['a', 'b'], 19],
    [['id', 'a', 'b'], 19],
    [['a', 'b', 'c'], 14],
  ];
  it.each(most)('of the fields %j are at most %i of one event, and none is stored of more', async (belongsTo, max) => {
    const { handle, stored } = opened(open, belongsTo);
    await handle(max);
    await handle(max);
    const before = await stored();
    expect(before.filter((each) => each?.['a']?.toString().endsWith('event 2'))).toHaveLength(max);
    await expect(handle(max + 1)).rejects.toMatchObject({
      code: 'TABLE_MISUSED',
      message: expect.stringMatching(/^projection owning, table owned: one event .* more than (32 rows|100 writes)/),
    });
    expect(await stored()).toEqual(before);
  });

  it('count less if they are only read', async () => {
    const { handle, stored } = opened(open, ['a', 'b', 'c']);
    await handle(14, 1);
    const before = await stored();
    await expect(handle(14, 2)).rejects.toMatchObject({ code: 'TABLE_MISUSED' });
    await handle(12, 15);
    expect(await stored()).not.toEqual(before);
  });
});
