import { describe, expect, test } from 'vitest';
import { sequenceOf } from '../../../events/sequence.ts';
import { clockMarkContract } from '../../../ports/contracts/clock-mark.contract.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { inOwnTable } from '../../../testing/aws/own-table.ts';
import { openDynamoClockMark } from './clock-mark.ts';

const aws = awsUnderTest('dynamodb');
const openNew = () => inOwnTable(aws, (table) => ({ mark: openDynamoClockMark(table) }));

describe.skipIf(aws.skipReason)(`in DynamoDB (${aws.engine})`, () => {
  clockMarkContract(openNew);

  test('a clock mark is the newest of all processes', async () => {
    let subject = await openNew();
    for (const ordinal of [5, 9, 1, 7, 3]) {
      await subject.mark.save(sequenceOf(1, ordinal));
      subject = await subject.reopen();
    }
    expect(await subject.mark.load()).toBe(sequenceOf(1, 9));
    await subject.remove();
  });
});
