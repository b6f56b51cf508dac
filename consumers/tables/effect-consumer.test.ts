import { describe, expect, it, test } from 'vitest';
import * as z from 'zod';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { rowStores } from '../../testing/tables/row-stores.ts';
import { openTableProjection } from './open-projection.ts';

const userId = 'a'.repeat(24);
const left = recordedEvent('user-left', { userId }, { sequence: sequenceOf(1, 1) });

type Rows = { get(key: object): Promise<object | undefined>; change?: unknown };

const openDynamo = rowStores['DynamoDB'] as (typeof rowStores)[string];

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
  const consumers = projection.consumers(openDynamo(projection), () => ({ FIGTREE_OF_THE_TEST: 'set' }));
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

/** Keeps when each user has joined, and has an effect then, which reads the row of another user. */
function announcing(open: (typeof rowStores)[string], handler: 'changes' | 'reads' | 'fails' = 'changes') {
  const users = defineTable({
    row: z.object({ userId: z.string(), joinedAt: z.string() }),
    key: { partition: 'userId' },
    changedBy: 'one-key',
    belongsTo: 'userId',
  });
  const announced: string[] = [];
  const declared = defineTables({
    tables: { users },
    on: {
      async 'user-joined'({ data }, all) {
        if (handler === 'fails') throw new Error('not now');
        if (handler === 'reads' && (await all.users.get({ userId: data.userId })) !== undefined) return;
        all.users.change({ userId: data.userId }, () => ({ joinedAt: data.joinedAt }));
      },
    },
    effects: (declare) =>
      declare({
        settings: z.object({}),
        open: () => ({
          async 'user-joined'({ id }, all) {
            await all.users.get({ userId: other });
            announced.push(id);
          },
        }),
      }),
    queries: () => ({}),
  });
  const projection = openTableProjection('announcing', declared);
  const consumers = projection.consumers(open(projection), () => ({}));
  const handle = async (...events: RecordedEvent[]) => {
    for (const event of events) for (const consumer of consumers) await handleAlone(consumer)(event);
  };
  return { announced, handle };
}

const other = 'b'.repeat(24);
const joined = (id: string, time: number, who = userId): RecordedEvent => {
  const data = { userId: who, userName: 'ada', joinedAt: '2020-01-01T12:00:00Z' };
  return { ...recordedEvent('user-joined', data, { sequence: sequenceOf(time, 1) }), id };
};

describe.each(Object.entries(rowStores))('an effect beside rows in %s', (_, open) => {
  it('comes with each event, also after newer ones of other keys', async () => {
    const { announced, handle } = announcing(open);
    await handle(joined('of the other', 9, other), joined('first', 1), joined('second', 2), joined('third', 2));
    expect(announced).toEqual(['of the other', 'first', 'second', 'third']);
  });

  it('does not come with an event that is older than what was stored of its key, even if the row is gone', async () => {
    const { announced, handle } = announcing(open);
    await handle(joined('second', 2), joined('first', 1));
    await handle({ ...left, sequence: sequenceOf(3, 1) }, joined('second', 2), joined('first', 1));
    expect(announced).toEqual(['second']);
  });

  it('does not come if the handler of the event fails', async () => {
    const { announced, handle } = announcing(open, 'fails');
    await expect(handle(joined('first', 1))).rejects.toThrow('not now');
    expect(announced).toEqual([]);
  });
});

test.each(['changes', 'reads'] as const)('an effect is not repeated once its handler %s rows', async (handler) => {
  const { announced, handle } = announcing(openDynamo, handler);
  const batch = [joined('first', 1), joined('second', 2), { ...left, sequence: sequenceOf(3, 1) }];
  await handle(...batch);
  await handle(...batch);
  expect(announced).toEqual(['first', 'second']);
});
