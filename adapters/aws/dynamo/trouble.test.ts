import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defined } from '../../../events/defined.ts';
import { itemOf, itemsTo, keyOf, letters, numbersTo } from '../../../testing/aws/sample-items.ts';
import { openTroubledDynamo, type Trouble, type TroubledDynamo } from '../../../testing/aws/troubled-dynamo.ts';
import { type DynamoClient, openDynamoClient } from './client.ts';
import { dynamoRetries } from './retries.ts';
import { openDynamoTable } from './table.ts';
import { keyText } from './item.ts';
import type { DynamoTable } from './dynamo-table.ts';

let server: TroubledDynamo;
let client: DynamoClient;

async function openWith(trouble: Parameters<typeof openTroubledDynamo>[0]): Promise<DynamoTable> {
  server = await openTroubledDynamo(trouble);
  client = openDynamoClient(server.config);
  return openDynamoTable(client, 'things');
}

afterEach(async () => {
  vi.restoreAllMocks();
  client.close();
  await server.close();
});

const stored = () => [...server.items.values()].map(({ number }) => number as number).toSorted((a, b) => a - b);
const first =
  (...troubles: (Trouble | undefined)[]) =>
  (_: unknown, number: number) =>
    troubles[number];

describe('a request that fails is sent again', () => {
  test.each<[string, Trouble]>([
    ['throttling of a partition', { error: 'ProvisionedThroughputExceededException' }],
    ['throttling of an account', { error: 'ThrottlingException' }],
    ['a limit of requests', { error: 'RequestLimitExceeded' }],
    ['an error inside', { error: 'InternalServerError', status: 500 }],
    ['a server that is away', { error: 'ServiceUnavailable', status: 503 }],
    ['a connection that ends before', { connection: 'before' }],
    ['a connection that ends after', { connection: 'after' }],
  ])('after %s', async (_, trouble) => {
    const table = await openWith((_asked, number) => (number % 3 < 2 ? trouble : undefined));
    await table.put(itemOf(1));
    expect(await table.get(keyOf(1))).toEqual(itemOf(1));
    expect(await table.update(keyOf(1), { update: 'SET a = :a', values: { ':a': 2 } })).toBe(true);
    await table.write(itemOf(2));
    expect(await table.getAll([keyOf(1), keyOf(2)])).toEqual(
      new Map([
        [keyText(keyOf(1)), itemOf(1, { a: 2 })],
        [keyText(keyOf(2)), itemOf(2)],
      ]),
    );
    expect(await table.delete(keyOf(2))).toBe(true);
    expect(stored()).toEqual([1]);
  });

  test('after no server answered', async () => {
    server = await openTroubledDynamo(first({ silent: true }));
    const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
    client = openDynamoClient({ ...server.config, requestHandler });
    await openDynamoTable(client, 'things').put(itemOf(1));
    expect(stored()).toEqual([1]);
  });

  // By default the SDK gives up some 65 of these at their first error.
  test('also a hundred that fail at the same moment', async () => {
    const failed = new Set<string>();
    const table = await openWith(({ input }) => {
      const key = JSON.stringify(input);
      if (failed.has(key)) return undefined;
      failed.add(key);
      return { error: 'InternalServerError', status: 500 };
    });
    await Promise.all(itemsTo(100).map((item) => table.put(item)));
    expect(stored()).toEqual(numbersTo(100));
    expect(server.asked).toHaveLength(200);
  });

  test('and is STORAGE_FAILED after nine tries, whose pauses are thirteen seconds at most', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    const table = await openWith(() => ({ error: 'InternalServerError', status: 500 }));
    await expect(table.get(keyOf(1))).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
    expect(server.asked).toHaveLength(9);

    random.mockReturnValue(1);
    const retries = dynamoRetries();
    let token = await retries.acquireInitialRetryToken('');
    let pausesMs = 0;
    for (let retry = 1; retry < 9; retry += 1) {
      token = await retries.refreshRetryTokenForRetry(token, { errorType: 'SERVER_ERROR' });
      pausesMs += token.getRetryDelay();
    }
    expect(pausesMs).toBeGreaterThan(0);
    expect(pausesMs).toBeLessThanOrEqual(13_000);
  });

  test('and what is known of it then holds neither the signature nor the token of the session', async () => {
    server = await openTroubledDynamo(() => ({ error: 'AccessDeniedException' }));
    const credentials = { ...server.config.credentials, sessionToken: 'a-token-of-a-session' };
    client = openDynamoClient({ ...server.config, credentials });
    const failure: unknown = await openDynamoTable(client, 'things')
      .get(keyOf(1))
      .catch((error: unknown) => error);
    const all = inspect(failure, { depth: 20, showHidden: true });
    expect(all).toContain('AccessDeniedException');
    expect(all).not.toMatch(/a-token-of-a-session|Signature/);
  });

  test('but not if it was refused, which is no failure of the storage', async () => {
    const table = await openWith(() => undefined);
    await expect(table.put(itemOf(1, { text: letters(401) }))).rejects.toMatchObject({
      code: 'INTERNAL',
      retryable: false,
      message: 'DynamoDB table things rejects the request',
    });
    expect(server.asked).toHaveLength(1);
  });

  test('nor if the table is not there, which is one', async () => {
    const table = await openWith(() => ({ error: 'ResourceNotFoundException' }));
    await expect(table.get(keyOf(1))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(server.asked).toHaveLength(1);
  });
});

describe('a condition whose answer was lost', () => {
  const isNew = { expression: 'attribute_not_exists(pk)' };

  test('held, if what was put is there', async () => {
    const table = await openWith(first({ connection: 'after' }));
    expect(await table.put(itemOf(1, { gone: undefined, list: [1, { a: 'b' }] }), isNew)).toBe(true);
    expect(server.asked.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem', 'GetItem']);
  });

  test('did not hold, if something else is there', async () => {
    const table = await openWith(first(undefined, { connection: 'after' }));
    await table.put(itemOf(1, { whose: 'theirs' }));
    expect(await table.put(itemOf(1, { whose: 'mine' }), isNew)).toBe(false);
    expect(await table.get(keyOf(1))).toEqual(itemOf(1, { whose: 'theirs' }));
  });

  test('did not hold, if the same is there and nothing was lost', async () => {
    const table = await openWith(() => undefined);
    expect(await table.put(itemOf(1), isNew)).toBe(true);
    expect(await table.put(itemOf(1), isNew)).toBe(false);
  });

  test('of a delete held if the item no longer exists', async () => {
    const table = await openWith(first(undefined, { connection: 'after' }));
    await table.put(itemOf(1));
    expect(await table.delete(keyOf(1), { expression: 'attribute_exists(pk)' })).toBe(true);
    expect(await table.delete(keyOf(1), { expression: 'attribute_exists(pk)' })).toBe(false);
  });

  test('of an update is reported as false, so the caller has to read again, unless it also holds after the change', async () => {
    const lost: Trouble = { connection: 'after' };
    const table = await openWith(first(undefined, lost, undefined, lost));
    await table.put(itemOf(1, { v: 1 }));
    const change = { update: 'SET v = :next', condition: 'v = :v', values: { ':v': 1, ':next': 2 } };
    expect(await table.update(keyOf(1), change)).toBe(false);
    expect((await table.get(keyOf(1)))?.['v']).toBe(2);
    const values = { ':me': 'me' };
    const lease = { update: 'SET holder = :me', condition: 'attribute_not_exists(holder) OR holder = :me', values };
    expect(await table.update(keyOf(1), lease)).toBe(true);
  });
});

describe('a transaction', () => {
  const count = (condition?: string) => ({
    update: keyOf(1),
    change: { update: 'ADD n :one', values: { ':one': 1 }, ...defined({ condition }) },
  });

  test('is done once, however often its answer is lost', async () => {
    const lost: Trouble = { connection: 'after' };
    const table = await openWith(first(lost, lost, { error: 'InternalServerError', status: 500 }));
    const condition = { expression: 'attribute_not_exists(pk)' };
    expect(await table.transact([count(), { put: itemOf(2), condition }])).toEqual([]);
    expect(server.items.get(keyText(keyOf(1)))?.['n']).toBe(1);
    expect(server.asked).toHaveLength(4);
    expect(new Set(server.asked.map(({ input }) => input['ClientRequestToken'])).size).toBe(1);
  });

  test.each([['TransactionConflict'], ['ThrottlingError'], ['ProvisionedThroughputExceeded']])(
    'that was cancelled for %s is begun again, as another one',
    async (reason) => {
      const cancelled = { error: 'TransactionCanceledException', reasons: ['None', reason] };
      const table = await openWith(first(cancelled, cancelled, cancelled));
      expect(await table.transact([count(), { put: itemOf(2) }])).toEqual([]);
      expect(server.items.get(keyText(keyOf(1)))?.['n']).toBe(1);
      expect(new Set(server.asked.map(({ input }) => input['ClientRequestToken'])).size).toBe(4);
    },
  );

  test('that is still in progress is waited for, and is the same one', async () => {
    const table = await openWith(first({ connection: 'after' }, { error: 'TransactionInProgressException' }));
    expect(await table.transact([count('attribute_not_exists(n)')])).toEqual([]);
    expect(server.items.get(keyText(keyOf(1)))?.['n']).toBe(1);
  });

  test('says which conditions do not hold, also if others are in conflict, and does nothing', async () => {
    const reasons = ['TransactionConflict', 'None', 'ConditionalCheckFailed'];
    const table = await openWith(first({ error: 'TransactionCanceledException', reasons }));
    const actions = [count(), { put: itemOf(2) }, { put: itemOf(3) }];
    expect(await table.transact(actions)).toEqual([2]);
    expect(stored()).toEqual([]);
  });

  test('that can never be done is refused', async () => {
    const reasons = ['None', 'ValidationError'];
    const table = await openWith(first({ error: 'TransactionCanceledException', reasons }));
    await expect(table.transact([count(), { put: itemOf(2) }])).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(table.transact(itemsTo(101).map((put) => ({ put })))).rejects.toMatchObject({ code: 'INTERNAL' });
    const four = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => ({ put: itemOf(number, { text: letters(380) }) }));
    await expect(table.transact(four)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('is STORAGE_FAILED if it conflicts permanently', async () => {
    const table = await openWith(() => ({ error: 'TransactionCanceledException', reasons: ['TransactionConflict'] }));
    await expect(table.transact([count()])).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
    expect(server.asked).toHaveLength(12);
  });
});
