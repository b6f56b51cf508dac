import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../apps/seeded-random.ts';
import type { RecordedEvent } from '../../../../events/envelope.ts';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { openStorm, retryUntilSuccess } from '../../../../testing/aws/storm.ts';
import { openTableInMemory } from '../../../../testing/aws/table-in-memory.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import { expectRows, keyOrders } from '../../../../ports/contracts/row-store.contract.ts';
import { sampleRows } from '../../../../testing/tables/sample-projection.model.ts';
import { sampleProjection } from '../../../../testing/tables/sample-projection.ts';
import type { DynamoTable } from '../dynamo-table.ts';
import { auditRowTables } from './audit.ts';
import { openDynamoRowReader } from './reader.ts';
import { openDynamoRowStore } from './store.ts';

const { described, forget } = sampleProjection;

const cases = fc.record({ events: keyOrders, seed: fc.nat() });

/** Delivers as a stream does: the events of a key in order, from an earlier one on again after each failure and now and
 *  then without any, all keys side by side. */
async function deliver(table: DynamoTable, events: readonly RecordedEvent[], random: () => number): Promise<void> {
  const store = openDynamoRowStore(table, described, forget);
  const handle = handleAlone(sampleProjection.consumer(store));
  const keys = Map.groupBy(events, ({ partitionkey }) => partitionkey).values();
  await Promise.all(
    [...keys].map(async (ofKey) => {
      for (let next = 0; next < ofKey.length; next += 1) {
        const again = Math.max(0, next - Math.floor(random() * 4));
        for (const event of ofKey.slice(again, next + 1)) await retryUntilSuccess(() => handle(event));
      }
    }),
  );
}

describe('tables of rows in DynamoDB, whose requests are cut off', () => {
  it('hold what the model says, although two functions deliver the same events', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, seed }) => {
        const random = seededRandom(seed);
        const storm = openStorm({ random, cutRate: 0.02, lostRate: 0.1 });
        const table = openTableInMemory(storm.weather);
        await Promise.all([deliver(table, events, random), deliver(table, events, random)]);
        storm.clear();
        await expectRows(openDynamoRowReader(table, described.layouts), described.layouts, sampleRows(events));
        expect((await auditRowTables(table, described.layouts, {})).broken).toEqual([]);
      }),
      { numRuns: randomRuns(40) },
    );
  });
});
