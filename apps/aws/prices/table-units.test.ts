import { expect, it } from 'vitest';
import * as z from 'zod';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import { defineTable } from '../../../projections/tables/define-table.ts';
import { defineTables, type TableHandlers } from '../../../projections/tables/table-projection.ts';
import { tableUnits } from './table-units.ts';
import { units } from './units.ts';

const userId = z.string();

// By the rules of the developer guide of DynamoDB, for what adapters/aws/dynamo/rows says it does.

it('counts one write for a row of one key', async () => {
  const tables = {
    joins: defineTable({ row: z.object({ userId }), key: { partition: 'userId' }, changedBy: 'one-key' }),
  };
  const on: TableHandlers<typeof tables> = {
    'user-joined': ({ data }, { joins }) => joins.change({ userId: data.userId }, () => ({})),
  };
  // The row is read, and put.
  expect(await tableUnits(openTableProjection('joins', defineTables({ tables, on, queries: () => ({}) })))).toEqual({
    'user-joined': units(1, 1, 2),
  });
});

it('counts a row of many keys, its event, and its index', async () => {
  const row = z.object({ day: z.string(), yubls: z.int() });
  const tables = { days: defineTable({ row, key: { partition: 'day' }, indexes: { most: { sort: 'yubls' } } }) };
  const on: TableHandlers<typeof tables> = {
    'yubl-posted': (_, { days }) => days.change({ day: 'a' }, (before) => ({ yubls: (before?.yubls ?? 0) + 1 })),
    'yubl-deleted': (_, { days }) => days.change({ day: 'a' }, (before) => ({ yubls: (before?.yubls ?? 0) - 1 })),
  };
  expect(await tableUnits(openTableProjection('days', defineTables({ tables, on, queries: () => ({}) })))).toEqual({
    // Two items are read at once, and put in a transaction; the index has a new entry.
    'yubl-posted': units(2 * 2 + 1, 2, 2),
    // The entry is put in another place, and removed from the one before.
    'yubl-deleted': units(2 * 2 + 2, 2, 2),
  });
});

it('counts what it takes that rows belong to users, who leave', async () => {
  const row = z.object({ userId, followerId: userId });
  const key = { partition: 'userId', sort: 'followerId' } as const;
  const belongsTo = ['userId', 'followerId'] as const;
  const tables = { follows: defineTable({ row, key, belongsTo, changedBy: 'one-key' }) };
  const on: TableHandlers<typeof tables> = {
    followed: ({ data }, { follows }) =>
      follows.change({ userId: data.followeeId, followerId: data.followerId }, () => ({})),
  };
  expect(await tableUnits(openTableProjection('follows', defineTables({ tables, on, queries: () => ({}) })))).toEqual({
    // The row and its event are read, the row and the follower's list of it are put, and both users are looked for
    // among those who have left.
    followed: units(2 * 2, 2 + 2, 3),
    // The user is noted, and their partition and list are read: the user of the catalog's example has no rows.
    'user-left': units(1, 1 + 1, 3),
  });
});
