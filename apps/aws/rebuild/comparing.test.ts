import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { defined } from '../../../events/defined.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import { openDynamoRelationshipStore } from '../../../adapters/aws/dynamo/relationships/store.ts';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { recordedEvent } from '../../../ports/contracts/histories.ts';
import { openTableInMemory } from '../../../testing/aws/table-in-memory.ts';
import { handleAll } from '../../../testing/aws-engine/projection-contract.ts';
import { openLogger } from '../../logger.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { relationships } from '../../projections/relationships.ts';
import { search } from '../../projections/search.ts';
import { openAwsResources } from '../resources.ts';
import { parseAwsSettings } from '../settings.ts';
import { compareWith, keysIn, requireComparable } from './comparing.ts';

// A new table lacks a user whom the live one has, and another system that is asked by HTTP has as well.

const tableInMemory = () =>
  openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
async function listed(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

const user = (number: number) => number.toString(16).padStart(24, '0');
const { signal } = new AbortController();

async function tableWith(users: readonly number[]) {
  const table = tableInMemory();
  const joined = users.map((number) =>
    recordedEvent(
      'user-joined',
      { userId: user(number), userName: `user ${number}`, joinedAt: '2016-02-22T07:02:00.000Z' },
      { sequence: sequenceOf(1, number), position: number },
    ),
  );
  await handleAll([trackRelationships(openDynamoRelationshipStore(table))], joined);
  return table;
}

async function compare(sample?: number) {
  const [table, live] = [await tableWith([1, 2, 3]), await tableWith([1, 2, 3, 4])];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const userId = (request.url ?? '').slice(1);
    asked.push(userId);
    response.end(JSON.stringify({ userId, followers: 0, following: 0 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const against = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{key}`;
    const aws = { ...openAwsResources(parseAwsSettings({}), {}, openLogger({ level: 'silent', destination: 2 })) };
    const part = await relationships.aws.load();
    const tables = { aws: { ...aws, projectionTable: () => table }, projection: 'relationships', part, table, live };
    const gate = { percent: 100, against, ...defined({ sample }) };
    const compared = await compareWith({ ...tables, version: 'r1' }, gate, signal);
    return { compared, asked };
  } finally {
    server.close();
  }
}

test('an API is asked for all keys of the new table', async () => {
  const { compared, asked } = await compare();
  expect(compared).toEqual({ percent: 100, holds: true, answered: 3, unanswered: 0, examples: [] });
  expect(asked.toSorted()).toEqual([1, 2, 3].map(user));
});

test('a sample is drawn from both tables, so that what the new one lacks is missed', async () => {
  const { compared, asked } = await compare(100);
  expect(compared).toMatchObject({ percent: 75, holds: false, answered: 4 });
  expect(compared.examples).toContainEqual({ key: user(4), field: 'followers', kinds: ['missing-here'] });
  // The one that differs is asked for again, because both sides may have moved.
  expect(new Set(asked)).toEqual(new Set([1, 2, 3, 4].map(user)));
});

test('a sample has its size, and is the same for the same seed', async () => {
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
  const table = await tableWith(numbers);
  const { keys } = await relationships.aws.load();
  const drawn = (seed: number) => listed(keysIn([table, table], keys, { size: 10, seed, signal }));
  const [one, same, other] = [await drawn(1), await drawn(1), await drawn(2)];
  expect([one.length, new Set(one).size]).toEqual([10, 10]);
  expect(one).toEqual(same);
  expect(other).not.toEqual(one);
});

test('a version of a projection of tables is compared by its queries', async () => {
  const { notifications } = await import('../../../features/notifications/tables.ts');
  const projection = openTableProjection('notifications', notifications);
  const followed = [2, 3].map((number) =>
    recordedEvent(
      'followed',
      {
        relationshipId: user(50 + number),
        followerId: user(number),
        followeeId: user(1),
        followedAt: `2016-02-22T07:0${number}:00.000Z`,
      },
      { sequence: sequenceOf(1, number), position: number },
    ),
  );
  const [table, live] = [tableInMemory(), tableInMemory()];
  for (const [each, events] of [
    [table, followed.slice(0, 1)],
    [live, followed],
  ] as const) {
    const store = openDynamoRowStore(each, projection.described, projection.forget);
    await handleAll([projection.consumer(store)], events);
  }
  const compareTables = async (version: DynamoTable) => {
    const server = createServer((request, response) => {
      const isAsked = request.url === `/users/${user(1)}/notifications`;
      response.end(JSON.stringify({ items: isAsked ? [user(3), user(2)] : [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const against = `http://127.0.0.1:${(server.address() as AddressInfo).port}/users/{key}/notifications`;
    const resources = openAwsResources(parseAwsSettings({}), {}, openLogger({ level: 'silent', destination: 2 }));
    const aws = { ...resources, projectionTable: () => version };
    const part = await projectionNamed('notifications').aws.load();
    const tables = { aws, projection: 'notifications', part, table: version, live, version: 'r1' };
    return compareWith(tables, { percent: 100, against }, signal).finally(() => server.close());
  };
  expect(await compareTables(live)).toMatchObject({ percent: 100, holds: true, answered: 1 });
  expect(await compareTables(table)).toMatchObject({
    percent: 0,
    holds: false,
    examples: [{ key: user(1), field: 'notifications: followerId', kinds: ['missing-here'] }],
  });
});

test('keys are no longer read once it is ended', async () => {
  const { keys } = await relationships.aws.load();
  const ended = AbortSignal.abort(new Error('ended'));
  const reading = listed(keysIn([await tableWith([1])], keys, { signal: ended }));
  await expect(reading).rejects.toThrow('ended');
});

test('search cannot be compared before it is live where all versions share a CloudSearch domain', async () => {
  const log = openLogger({ level: 'silent', destination: 2 });
  const settings = parseAwsSettings({
    FIGTREE_CLOUDSEARCH_SEARCH_URL: 'http://127.0.0.1:9/',
    FIGTREE_CLOUDSEARCH_DOCUMENT_URL: 'http://127.0.0.1:9/',
  });
  const aws = openAwsResources(settings, { region: 'eu-west-1' }, log);
  await expect(requireComparable(aws, search.name)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await expect(requireComparable(aws, relationships.name)).resolves.toBeUndefined();
});
