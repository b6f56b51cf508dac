import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { itemOf, itemsTo, keyOf, letters, numbersTo } from '../../../testing/aws/sample-items.ts';
import { openTroubledDynamo, type Trouble, type TroubledDynamo } from '../../../testing/aws/troubled-dynamo.ts';
import { type DynamoClient, openDynamoClient } from './client.ts';
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

/** Pauses between attempts are a random part of their limit: here zero. */
const withoutPauses = () => vi.spyOn(Math, 'random').mockReturnValue(0);

async function close(): Promise<void> {
  vi.restoreAllMocks();
  client.close();
  await server.close();
}

const stored = () => [...server.items.values()].map(({ number }) => number as number).toSorted((a, b) => a - b);

describe('items that are written together', () => {
  afterEach(close);

  test('take a request for every 25', async () => {
    const table = await openWith(() => undefined);
    await Promise.all(itemsTo(1000).map((item) => table.write(item)));
    expect(stored()).toEqual(numbersTo(1000));
    expect(server.asked).toHaveLength(40);
  });

  test('are there once they resolve, and those that are left over are sent again', async () => {
    let left = 30;
    const table = await openWith(() => (left-- > 0 ? { processed: left % 5 } : undefined));
    await Promise.all(
      itemsTo(60).map(async (item) => {
        await table.write(item);
        expect(server.items.get(keyText(item))).toEqual(item);
      }),
    );
    expect(stored()).toEqual(numbersTo(60));
  });

  test('continue as long as some are taken, and fail with STORAGE_FAILED if none are', async () => {
    // A hot partition: one item per request.
    let taken = 0;
    withoutPauses();
    const table = await openWith(() => ({ processed: taken++ < 30 ? 1 : 0 }));
    const written = await Promise.allSettled(itemsTo(40).map((item) => table.write(item)));
    const failed = written.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(failed).toHaveLength(10);
    for (const each of failed) expect(each).toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
    expect(stored()).toHaveLength(30);
  });

  test('are refused alone if they are too large', async () => {
    const table = await openWith(() => undefined);
    const items = itemsTo(30).map((item) => (item.number === 7 ? { ...item, text: letters(401) } : item));
    const written = await Promise.allSettled(items.map((item) => table.write(item)));
    const failed = written.flatMap((each, number) => (each.status === 'rejected' ? [number] : []));
    expect(failed).toEqual([7]);
    expect((written[7] as PromiseRejectedResult).reason).toMatchObject({ code: 'INTERNAL', retryable: false });
    expect(stored()).toEqual(numbersTo(30).filter((number) => number !== 7));
  });

  test('are refused alone if they cannot be sent', async () => {
    const table = await openWith(() => undefined);
    const written = [itemOf(1), itemOf(2, { what: Symbol('nothing that can be stored') }), itemOf(3)];
    const done = (await Promise.allSettled(written.map((item) => table.write(item)))).map(({ status }) => status);
    expect(done).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('may be as large as items are', async () => {
    const table = await openWith(() => undefined);
    await Promise.all(itemsTo(50).map((item) => table.write({ ...item, text: letters(399) })));
    expect(stored()).toEqual(numbersTo(50));
  });
});

describe('items that are asked for together', () => {
  afterEach(close);

  test('come by a hundred a request, each key once', async () => {
    const table = await openWith(() => undefined);
    await Promise.all(itemsTo(250).map((item) => table.write(item)));
    const before = server.asked.length;
    const found = await table.getAll([...numbersTo(260), ...numbersTo(260)].map(keyOf));
    expect([...found.values()].map(({ number }) => number as number).toSorted((a, b) => a - b)).toEqual(numbersTo(250));
    expect(server.asked.length - before).toBe(3);
  });

  test('come although an answer has 16 MB at most', async () => {
    const table = await openWith(() => undefined);
    await Promise.all(itemsTo(100).map((item) => table.write({ ...item, text: letters(390) })));
    const found = await table.getAll(numbersTo(100).map(keyOf));
    expect(found.size).toBe(100);
    expect(server.asked.filter(({ operation }) => operation === 'BatchGetItem')).toHaveLength(3);
  });

  test('fail with STORAGE_FAILED if some never come', async () => {
    withoutPauses();
    const table = await openWith(() => ({ processed: 0 }));
    await expect(table.getAll([keyOf(1)])).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
  });
});

const troubles: fc.Arbitrary<Trouble | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant({ error: 'ProvisionedThroughputExceededException' }) },
  { weight: 1, arbitrary: fc.constantFrom<Trouble>({ connection: 'before' }, { connection: 'after' }) },
  { weight: 2, arbitrary: fc.nat({ max: 24 }).map((processed) => ({ processed })) },
);

test('of any writes and deletes of a key the last one counts, whatever goes wrong', async () => {
  const change = fc.record({ number: fc.nat({ max: 5 }), value: fc.option(fc.nat({ max: 9 })), waits: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 30 }),
      fc.array(troubles, { maxLength: 8 }),
      async (changes, wrong) => {
        const table = await openWith(({ operation }, number) =>
          operation === 'BatchWriteItem' ? wrong[number] : undefined,
        );
        const model = new Map<string, unknown>();
        const written: Promise<void>[] = [];
        for (const { number, value, waits } of changes) {
          if (value === null) model.delete(keyText(keyOf(number)));
          else model.set(keyText(keyOf(number)), itemOf(number, { value }));
          written.push(value === null ? table.erase(keyOf(number)) : table.write(itemOf(number, { value })));
          if (waits) await new Promise(setImmediate);
        }
        await Promise.all(written);
        expect(new Map(server.items)).toEqual(model);
        await close();
      },
    ),
    { numRuns: randomRuns(40) },
  );
});
