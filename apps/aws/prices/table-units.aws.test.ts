import { describe, expect, test } from 'vitest';
import { createTable } from '../../../adapters/aws/dynamo/create-table.ts';
import { openDynamoClient } from '../../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../../adapters/aws/dynamo/table.ts';
import { openRegisteredTables } from '../../../consumers/tables/open-projection.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { deleteTable } from '../../../testing/aws/table-removal.ts';
import { tableProjections } from '../../projections/registry.ts';
import type { UnitsByType } from '../projection.ts';
import { awsTables } from '../projections/tables.ts';
import { createCapacityPace } from '../rebuild/capacity-pace.ts';
import { countExamples, tableUnits } from './table-units.ts';

const aws = awsUnderTest('dynamodb');

describe.skipIf(aws.skipReason)('estimated units of projections of tables', () => {
  test.each(tableProjections)('$name takes what DynamoDB reports', async (registered) => {
    const projection = await openRegisteredTables(registered);
    const { indexes = 0 } = awsTables(projection);
    const pace = createCapacityPace();
    const client = openDynamoClient(aws.config, pace.onRequest);
    const name = aws.newName();
    try {
      await createTable(client, name, { indexes });
      pace.taken();
      const reported = await countExamples(projection, { table: openDynamoTable(client, name), taken: pace.taken });
      expect(Object.keys(reported)).not.toEqual([]);
      expect(writesOf(reported)).toEqual(writesOf(await tableUnits(projection)));
    } finally {
      await deleteTable(client, name);
      client.close();
    }
  });
});

/** Without read units: MiniStack reports none for a batch of reads. */
function writesOf(units: UnitsByType): object {
  return Object.fromEntries(
    Object.entries(units).map(([type, { writeUnits, requests }]) => [type, { writeUnits, requests }]),
  );
}
