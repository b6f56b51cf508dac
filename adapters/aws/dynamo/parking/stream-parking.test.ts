import { expect, test } from 'vitest';
import { streamParkingContract } from '../../../../ports/contracts/stream-parking.contract.ts';
import type { StreamedEvent } from '../../../../ports/stream-parking.ts';
import { openTableInMemory } from '../../../../testing/aws/table-in-memory.ts';
import { openDynamoStreamParking } from './stream-parking.ts';

// On a table in memory, whose pages end after three items as DynamoDB's end after a megabyte.

function openLot() {
  const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
  const open = () => openDynamoStreamParking(table, { scope: 'search', believedEmptyMs: 5 });
  return { parking: open(), another: open(), remove: async () => {} };
}

const failure = { consumer: 'c', attempts: 5, code: 'Error', error: 'Error: it fails' };
const streamed = (key: string): StreamedEvent => ({
  key,
  sequenceNumber: '1',
  event: key,
  text: '{}',
  arrivedAtMs: 1,
});

// Half a second each, because the clocks of two functions may differ.
streamParkingContract(async () => openLot(), 10);

test('keys that a page had no room for are stopped as well', async () => {
  const { parking, another } = openLot();
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const key of keys) await parking.park(streamed(key), failure);
  await parking.settled();
  expect(await another.states([...keys, 'h'])).toEqual(new Map(keys.map((key) => [key, 'stopped'])));
});

test('of an error that quotes a whole answer the beginning is kept', async () => {
  const { parking } = openLot();
  const error = `Error: ${'<p>🌳</p>'.repeat(50_000)}`;
  await parking.park(streamed('a'), { ...failure, error });
  const parked = (await parking.stoppedKey('a'))?.failure?.error ?? '';
  expect(error.startsWith(parked.slice(0, 1990))).toBe(true);
  expect(parked.length).toBe(2000);
  await parking.failedAgain(streamed('a'), { ...failure, error: `${error} again` });
  expect((await parking.stoppedKey('a'))?.failure?.error).toHaveLength(2000);
});
