import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import type { Replay } from '../../consumers/runtime/consumer.ts';
import { createHandling } from '../../consumers/runtime/handling.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { defined } from '../../events/defined.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { announceNewcomers } from './announce-newcomers.ts';

const calls: { key: string | undefined; body: string }[] = [];
let status = 200;
const webhook = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const key = request.headers['idempotency-key'] as string | undefined;
    calls.push({ key, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end();
  });
});
beforeAll(() => new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  webhook.closeAllConnections();
  webhook.close();
});
beforeEach(() => void calls.splice(0));

const joined = recordedEvent(
  'user-joined',
  { userId: 'ada000000000000000000000', userName: 'ada_l', joinedAt: '2016-02-22T07:02:00.000Z' },
  { sequence: sequenceOf(1, 1) },
);

function handle(replay?: Replay): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const personal = catalogPersonalWords();
  const { port } = webhook.address() as AddressInfo;
  const handling = createHandling({
    consumers: [announceNewcomers(new URL(`http://127.0.0.1:${port}/`))],
    tracer: createTracer(log, personal),
    logger: log,
    upcasters: catalogUpcasters(),
    personal,
    ...defined({ replay }),
  });
  return handling.handle(joined, true);
}

test('a newcomer is announced, with the same key for a receiver that gets it twice', async () => {
  await handle();
  await handle();
  const [first, again] = calls;
  expect(calls).toHaveLength(2);
  expect(first?.body).toBe('{"userId":"ada000000000000000000000","joinedAt":"2016-02-22T07:02:00.000Z"}');
  expect(first?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toEqual(first);
});

test('a webhook that refuses stops the key of the event', async () => {
  status = 422;
  await expect(handle()).rejects.toMatchObject({
    cause: { code: 'CALL_FAILED', message: expect.stringContaining('answered 422') as string },
  });
  status = 200;
});

test('a replay announces nobody again, until it is over', async () => {
  await handle({ id: 'rebuild', active: () => true });
  expect(calls).toEqual([]);
  await handle({ id: 'rebuild', active: () => false });
  expect(calls).toHaveLength(1);
});
