import { describe, expect, test } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { streamParkingContract } from '../../../../ports/contracts/stream-parking.contract.ts';
import type { StreamedEvent } from '../../../../ports/stream-parking.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { inOwnTable } from '../../../../testing/aws/own-table.ts';
import { openDynamoStreamParking } from './stream-parking.ts';
import type { DynamoTable } from '../dynamo-table.ts';

const aws = awsUnderTest('dynamodb');
const RUNS = randomRuns(5);
const options = { scope: 'search', believedEmptyMs: 100 };
const openNew = () =>
  inOwnTable(aws, (table, other) => ({
    table,
    parking: openDynamoStreamParking(table, options),
    another: openDynamoStreamParking(other, options),
  }));
const failure = { consumer: 'c', attempts: 5, code: 'Error', error: 'Error: it fails' };
const streamed = (key: string, at: number, text = '{}'): StreamedEvent => ({
  key,
  sequenceNumber: String(at),
  event: `${key} ${at}`,
  text,
  arrivedAtMs: 1,
});

function countingQueries(table: DynamoTable): DynamoTable & { readonly queries: () => number } {
  let queries = 0;
  return { ...table, queries: () => queries, query: (query) => ((queries += 1), table.query(query)) };
}

describe.skipIf(aws.skipReason)(`in DynamoDB (${aws.engine})`, () => {
  streamParkingContract(openNew, RUNS);

  test('an empty lot is asked once in a while, and one that was stopped by another is seen in time', async () => {
    const { table, another, remove } = await openNew();
    const counted = countingQueries(table);
    const parking = openDynamoStreamParking(counted, { ...options, believedEmptyMs: 1000 });
    const slow = openDynamoStreamParking(table, { ...options, believedEmptyMs: 1000 });
    for (let batch = 0; batch < 20; batch += 1) expect(await parking.states(['a'])).toEqual(new Map());
    expect(counted.queries()).toBeLessThanOrEqual(2);
    await slow.park(streamed('a', 1), failure);
    await slow.settled();
    expect(await parking.states(['a'])).toEqual(new Map([['a', 'stopped']]));
    expect(await another.states(['a'])).toEqual(new Map([['a', 'stopped']]));
    await remove();
  });

  test('more stopped keys than a page holds are asked for by name', async () => {
    const { parking, remove } = await openNew();
    const keys = Array.from({ length: 230 }, (_, index) => `key ${String(index).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => parking.park(streamed(key, 1), failure)));
    const asked = ['key 000', 'key 229', 'key 230', 'nobody'];
    expect(await parking.states(asked)).toEqual(new Map([['key 000', 'stopped'], ['key 229', 'stopped']])); // prettier-ignore
    expect((await parking.stoppedKeys({ after: 'key 219', limit: 100 })).map(({ key }) => key)).toEqual(
      keys.slice(220),
    );
    await remove();
  });

  test('many events and the largest wait behind one key', async () => {
    const { parking, remove } = await openNew();
    await parking.park(streamed('a', 0), failure);
    const large = Array.from({ length: 12 }, (_, at) => streamed('a', at + 1, 'é'.repeat(parking.textBytesMax / 2)));
    const small = Array.from({ length: 120 }, (_, at) => streamed('a', at + 100));
    expect(await parking.parkBehind([...large, ...small])).toBe(true);
    expect(await parking.waiting('a', { after: '0', limit: 200 })).toEqual([...large, ...small]);
    await remove();
  });

  test('functions that share a table do not see each other', async () => {
    const { table, parking, remove } = await openNew();
    const other = openDynamoStreamParking(table, { scope: 'feed' });
    await parking.park(streamed('a', 1), failure);
    expect(await other.states(['a'])).toEqual(new Map());
    expect(await other.waiting('a', { limit: 10 })).toEqual([]);
    await remove();
  });
});
