import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectRows, keyOrders } from '../../../../ports/contracts/row-store.contract.ts';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { deleteTable } from '../../../../testing/aws/table-removal.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import { sampleRows } from '../../../../testing/tables/sample-projection.model.ts';
import { sampleProjection } from '../../../../testing/tables/sample-projection.ts';
import { openDynamoClient } from '../client.ts';
import { createTable } from '../create-table.ts';
import { openDynamoTable } from '../table.ts';
import { auditRowTables } from './audit.ts';
import { openDynamoRowReader } from './reader.ts';
import { openDynamoRowStore } from './store.ts';

const aws = awsUnderTest('dynamodb');
const { described, forget } = sampleProjection;
const { layouts } = described;
const INDEXES = Math.max(...layouts.map(({ indexes }) => indexes.length));

describe.skipIf(aws.skipReason)('tables of rows in DynamoDB', () => {
  it('hold what the model says, with their indexes', async () => {
    await fc.assert(
      fc.asyncProperty(keyOrders, async (events) => {
        const client = openDynamoClient(aws.config);
        const name = aws.newName();
        try {
          await createTable(client, name, { indexes: INDEXES });
          const table = openDynamoTable(client, name);
          const handle = handleAlone(sampleProjection.consumer(openDynamoRowStore(table, described, forget)));
          const keys = [...Map.groupBy(events, ({ partitionkey }) => partitionkey).values()];
          await Promise.all(
            keys.map(async (ofKey) => {
              for (const event of ofKey) await handle(event);
            }),
          );
          // The emulator's indexes are never behind; those of an account are read until they have caught up.
          await expectRows(openDynamoRowReader(table, layouts), layouts, sampleRows(events));
          expect((await auditRowTables(table, layouts, {})).broken).toEqual([]);
        } finally {
          await deleteTable(client, name);
          client.close();
        }
      }),
      { numRuns: randomRuns(6) },
    );
  });
});
