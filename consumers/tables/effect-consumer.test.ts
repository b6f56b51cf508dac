import { expect, test } from 'vitest';
import * as z from 'zod';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { openTableInMemory } from '../../testing/aws/table-in-memory.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { openTableProjection } from './open-projection.ts';

const userId = 'a'.repeat(24);
const left = recordedEvent('user-left', { userId }, { sequence: sequenceOf(1, 1) });

type Rows = { get(key: object): Promise<object | undefined>; change?: unknown };

/** A projection that counts, whose effect does what the test says. */
function opened(effect: (rows: Rows) => Promise<void> | void, seen: unknown[] = []) {
  const counts = defineTable({
    row: z.object({ userId: z.string(), times: z.int() }),
    key: { partition: 'userId' },
  });
  const declared = defineTables({
    tables: { counts },
    on: {
      'user-left': ({ data }, all) =>
        all.counts.change({ userId: data.userId }, (row) => ({ times: (row?.times ?? 0) + 1 })),
    },
    effects: (declare) =>
      declare({
        settings: z.object({ FIGTREE_OF_THE_TEST: z.string().optional() }),
        open(settings) {
          seen.push(settings);
          return { 'user-left': (_event, all) => effect(all.counts as unknown as Rows) };
        },
      }),
    queries: () => ({}),
  });
  const projection = openTableProjection('counting', declared);
  const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
  const store = openDynamoRowStore(table, projection.described, projection.forget);
  const consumers = projection.consumers(store, () => ({ FIGTREE_OF_THE_TEST: 'set' }));
  const handle = async (event: RecordedEvent) => {
    for (const consumer of consumers) await handleAlone(consumer)(event);
  };
  return { consumers, handle };
}

test('an effect comes before the rows of its event, with its settings, and leaves the system', async () => {
  const seen: unknown[] = [];
  const { consumers, handle } = opened(async (rows) => void seen.push((await rows.get({ userId })) ?? 'nothing'), seen);
  expect(consumers.map(({ name, leavesSystem }) => [name, leavesSystem])).toEqual([
    ['counting-effects', true],
    ['update-counting', undefined],
  ]);
  await handle(left);
  await handle({ ...left, id: 'another', sequence: sequenceOf(1, 2) });
  expect(seen).toEqual([{ FIGTREE_OF_THE_TEST: 'set' }, 'nothing', { userId, times: 1 }]);
});

test('an effect that changes rows is refused, and so is one that uses them later', async () => {
  const change = (rows: Rows) => (rows.change as (key: object, how: () => object) => void)({ userId }, () => ({}));
  await expect(opened(change).handle(left)).rejects.toMatchObject({
    code: 'TABLE_MISUSED',
    message: 'projection counting, table counts: an effect changes rows, which only handlers may',
  });
  let kept: Rows | undefined;
  await opened((rows) => void (kept = rows)).handle(left);
  await expect(kept?.get({ userId })).rejects.toMatchObject({ code: 'TABLE_MISUSED' });
});

test('an effect that fails stops the event before its rows change', async () => {
  let fails = true;
  const found: unknown[] = [];
  const { handle } = opened(async (rows) => {
    found.push(await rows.get({ userId }));
    if (fails) throw new Error('not now');
  });
  await expect(handle(left)).rejects.toThrow('not now');
  fails = false;
  await handle(left);
  expect(found).toEqual([undefined, undefined]);
});
