import { describe, expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { legacyMemoryContract } from '../../../ports/contracts/legacy-memory.contract.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { inOwnTable } from '../../../testing/aws/own-table.ts';
import { openDynamoLegacyMemory } from './legacy-memory.ts';

const aws = awsUnderTest('dynamodb');
const openNew = () => inOwnTable(aws, (table) => ({ memory: openDynamoLegacyMemory(table) }));

describe.skipIf(aws.skipReason)(`in DynamoDB (${aws.engine})`, () => {
  legacyMemoryContract(openNew, randomRuns(5));

  test('a legacy memory distinguishes versions that end in the longest resume tokens', async () => {
    const { memory, remove } = await openNew();
    const versions = ['a', 'b'].map((end) => ({
      relationshipId: 'a'.repeat(24),
      version: `00000000010000000002/${'x'.repeat(1023)}${end}`,
      followerId: `${end}1`.repeat(12),
      followeeId: 'c'.repeat(24),
    }));
    await memory.remember(versions.toReversed());
    expect((await memory.recall(['a'.repeat(24)])).get('a'.repeat(24))).toEqual(versions);
    await remove();
  });
});
