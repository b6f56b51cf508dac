import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { personIds } from '../../ports/contracts/histories.ts';
import { keyOrders } from '../../ports/contracts/row-store.contract.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { engines } from './every-engine.ts';

const row = z.object({ userId: z.string(), yubls: z.int() });

/** How many yubls each user has posted, as a list and one by one. */
const counts = openTableProjection(
  'counts',
  defineTables({
    tables: { users: defineTable({ row, key: { partition: 'userId' }, indexes: { most: { sort: 'yubls' } } }) },
    on: {
      'yubl-posted': ({ data: { authorId: userId } }, { users }) =>
        users.change({ userId }, (before) => ({ yubls: (before?.yubls ?? 0) + 1 })),
    },
    queries: ({ one, list }) => ({
      count: one({
        path: '/users/{userId}/yubl-count',
        summary: 'Get how many yubls a user has posted',
        access: 'everyone',
        input: z.object({ userId: z.string() }),
        output: row.omit({ userId: true }),
        read: ({ users }, { userId }) => users.get({ userId }),
      }),
      counts: list({
        path: '/yubl-counts',
        summary: 'List how many yubls users have posted',
        access: 'everyone',
        input: z.object({ atLeast: z.coerce.number().optional() }),
        item: row,
        read: ({ users }, { atLeast }, page) => users.list({ index: 'most', from: atLeast, ...page }),
      }),
    }),
  }),
);

function countOf(userId: string, events: readonly RecordedEvent[]): number {
  return events.filter(({ type, data }) => type === 'yubl-posted' && 'authorId' in data && data.authorId === userId)
    .length;
}

describe.each(Object.entries(engines))('answers in %s', (_, check) => {
  it('are single ones, or none', async () => {
    const seen = new Set<boolean>();
    await check(counts, keyOrders, async (ask, events) => {
      for (const userId of personIds) {
        const yubls = countOf(userId, events);
        seen.add(yubls > 0);
        expect(await ask('count', { userId })).toEqual(yubls === 0 ? undefined : { yubls });
      }
    });
    expect(seen).toEqual(new Set([true, false]));
  });

  it('are whole lists, also without a bound', async () => {
    await check(counts, keyOrders, async (ask, events) => {
      const expected = personIds
        .map((userId) => ({ userId, yubls: countOf(userId, events) }))
        .filter(({ yubls }) => yubls > 0)
        .toSorted((a, b) => a.yubls - b.yubls || (a.userId < b.userId ? -1 : 1));
      expect(await ask('counts', {})).toEqual(expected);
      expect(await ask('counts', { atLeast: '2' })).toEqual(expected.filter(({ yubls }) => yubls >= 2));
    });
  });

  it('are refused where clients could not ask', async () => {
    await check(counts, keyOrders, async (ask) => {
      await expect(ask('nobody', {})).rejects.toThrow('projection counts: it has no query nobody');
      await expect(ask('count', {})).rejects.toThrow('userId');
    });
  });
});
