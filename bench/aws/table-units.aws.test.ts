import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import { eventTypes } from '../../events/catalog.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables, type TableHandlers } from '../../projections/tables/table-projection.ts';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { deleteTable } from '../../testing/aws/table-removal.ts';
import { type MeasuredType, measureTables } from './table-units.ts';

const aws = awsUnderTest('dynamodb');
const tables = {
  users: defineTable({
    row: z.object({ userId: z.string(), joinedAt: z.string() }),
    key: { partition: 'userId' },
    indexes: { newest: { sort: 'joinedAt' } },
    changedBy: 'one-key',
  }),
  days: defineTable({ row: z.object({ day: z.string(), yubls: z.int() }), key: { partition: 'day' } }),
};
const ignored = Object.fromEntries(eventTypes.map((type) => [type, () => {}])) as TableHandlers<typeof tables>;
const declared = defineTables({
  tables,
  on: {
    ...ignored,
    'user-joined': ({ data: { userId, joinedAt } }, { users }) => users.change({ userId }, () => ({ joinedAt })),
    'yubl-posted': (_, { days }) => days.change({ day: 'today' }, (row) => ({ yubls: (row?.yubls ?? 0) + 1 })),
  },
  queries: () => ({}),
});

describe.skipIf(aws.skipReason)('what events of a projection of tables take', () => {
  test('is measured for each type, one after the other and in batches', async () => {
    const name = aws.newName();
    try {
      const measured = await measureTables(aws.config, openTableProjection(name, declared));
      expect(measured.map(({ type }) => type).toSorted()).toEqual(eventTypes.toSorted());
      const { 'user-joined': joined, 'yubl-posted': posted, ...others } = byType(measured);

      // A hundred users: the row is read and put, and its entry of the index is put.
      const ofUsers = { events: 100, changing: 100, rows: 100, writeUnits: 200, indexUnits: 100, readUnits: 100 };
      expect(joined?.tables.map((table) => table.name)).toEqual(['users']);
      expect(joined?.alone).toEqual({ ...ofUsers, requests: 200 });
      expect(joined?.batched).toEqual({ ...ofUsers, requests: 200 });

      // A hundred yubls: the row and the event are read, and put in a transaction.
      const ofYubls = { events: 100, changing: 100, rows: 100, indexUnits: 0 };
      expect(posted?.tables.map((table) => table.name)).toEqual(['days']);
      expect(posted?.alone).toEqual({ ...ofYubls, writeUnits: 400, readUnits: 200, requests: 200 });
      // In a batch every event is put, and the row once in each of the transactions: of 16 events at most, as so many
      // keys are handled at once.
      expect(posted?.batched).toMatchObject(ofYubls);
      const transactions = (posted?.batched.requests ?? 0) / 2;
      expect(transactions).toBeGreaterThanOrEqual(Math.ceil(100 / 16));
      expect(transactions).toBeLessThan(50);
      expect(posted?.batched.writeUnits).toBe(2 * (100 + transactions));

      for (const { alone, batched } of Object.values(others)) {
        expect(alone).toMatchObject({ changing: 0, rows: 0, writeUnits: 0, requests: 0 });
        expect(batched).toEqual(alone);
      }
    } finally {
      const client = openDynamoClient(aws.config);
      for (const way of ['alone', 'batched']) await deleteTable(client, `${name}-${way}`);
      client.close();
    }
  });
});

function byType(measured: readonly MeasuredType[]): Readonly<Record<string, MeasuredType>> {
  return Object.fromEntries(measured.map((one) => [one.type, one]));
}
