import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SNSClient } from '@aws-sdk/client-sns';
import { afterEach, expect, test } from 'vitest';
import { withCorrelation } from '../../../events/correlation.ts';
import type { FanOutMessage } from '../../../ports/fan-out.ts';
import { fanOutText, readFanOutMessage } from './fan-out-message.ts';
import { openSnsFanOut } from './sns-fan-out.ts';

// What no emulator does: a topic that answers 200 and refuses some entries. Uses a server of the protocol and the SDK's
// own client.

interface Published {
  readonly ids: string[];
  readonly texts: string[];
}

/** Returns the code of the refusal for a text at its n-th attempt, if it is refused; a leading `!` makes it the
 *  sender's fault, `*` refuses the whole request. */
type Refuse = (text: string, attempt: number) => string | undefined;

let server: Server;
afterEach(() => server.close());

async function topicThat(refuse: Refuse) {
  const requests: Published[] = [];
  const attempts = new Map<string, number>();
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const entry = (place: number, name: string) =>
      form.get(`PublishBatchRequestEntries.member.${place}.${name}`) ?? undefined;
    const published: Published = { ids: [], texts: [] };
    let successful = '';
    let failed = '';
    const refusals: string[] = [];
    for (let place = 1; entry(place, 'Id') !== undefined; place += 1) {
      const id = entry(place, 'Id') ?? '';
      const text = entry(place, 'Message') ?? '';
      published.ids.push(id);
      published.texts.push(text);
      const attempt = (attempts.get(text) ?? 0) + 1;
      attempts.set(text, attempt);
      const code = refuse(text, attempt);
      if (code !== undefined) refusals.push(code);
      if (code === undefined) successful += `<member><Id>${id}</Id><MessageId>m</MessageId></member>`;
      else {
        const fault = `<SenderFault>${code.startsWith('!')}</SenderFault>`;
        failed += `<member><Id>${id}</Id><Code>${code.replace('!', '')}</Code>${fault}</member>`;
      }
    }
    requests.push(published);
    const whole = refusals.find((code) => code.startsWith('*'));
    if (whole !== undefined) {
      response.writeHead(400, { 'content-type': 'text/xml' });
      const error = `<Type>Sender</Type><Code>${whole.slice(1)}</Code><Message>planted</Message>`;
      return void response.end(`<ErrorResponse><Error>${error}</Error></ErrorResponse>`);
    }
    const result = `<Failed>${failed}</Failed><Successful>${successful}</Successful>`;
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>${result}</PublishBatchResult></PublishBatchResponse>`,
    );
  }
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sns = new SNSClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials, maxAttempts: 1 });
  return { requests, fanOut: openSnsFanOut(sns, { topicArn: 'arn:aws:sns:us-east-1:000000000000:batches' }) };
}

function batch(number: number, bytes = 10): FanOutMessage {
  const yubl = { yublId: `yubl ${number}`, authorId: 'author', sequence: '0'.repeat(20) };
  return { yubl, followers: { size: 1, ids: 'x'.repeat(bytes) } as FanOutMessage['followers'] };
}

test('batches that are sent at the same time share requests of ten', async () => {
  const { requests, fanOut } = await topicThat(() => undefined);
  await Promise.all(Array.from({ length: 25 }, async (_, number) => fanOut.send(batch(number))));
  expect(requests.map(({ ids }) => ids.length).toSorted((a, b) => b - a)).toEqual([10, 10, 5]);
  expect(new Set(requests.flatMap(({ texts }) => texts)).size).toBe(25);
});

test('a request holds 256 KiB and no more', async () => {
  const { requests, fanOut } = await topicThat(() => undefined);
  await Promise.all(Array.from({ length: 10 }, async (_, number) => fanOut.send(batch(number, 60_000))));
  for (const { texts } of requests) expect(texts.join('').length).toBeLessThanOrEqual(262_144);
  expect(requests.map(({ ids }) => ids.length).toSorted((a, b) => b - a)).toEqual([4, 4, 2]);
  await expect(fanOut.send(batch(11, 262_200))).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE', retryable: false });
});

test('of a request that was answered, those that failed are sent again and the others are not', async () => {
  const third = fanOutText(batch(3));
  const { requests, fanOut } = await topicThat((text, attempt) =>
    text === third && attempt < 3 ? 'InternalError' : undefined,
  );
  await Promise.all(Array.from({ length: 5 }, async (_, number) => fanOut.send(batch(number))));
  expect(requests.map(({ texts }) => texts.length)).toEqual([5, 1, 1]);
  expect(requests[2]?.texts).toEqual([third]);
});

test('what SNS calls the sender’s fault is not tried again, and the others arrive', async () => {
  const second = fanOutText(batch(2));
  const { requests, fanOut } = await topicThat((text) => (text === second ? '!InvalidParameter' : undefined));
  const results = await Promise.allSettled([1, 2, 3].map(async (number) => fanOut.send(batch(number))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'EVENT_INVALID', retryable: false });
  expect(requests).toHaveLength(1);
});

test.each([
  ['no JSON', 'NOT_JSON'],
  ['null', 'EVENT_INVALID'],
  ['{"y":"a","a":"b","s":7,"f":{"size":1}}', 'EVENT_INVALID'],
  ['{"y":"a","a":"b","s":"7"}', 'EVENT_INVALID'],
  ['{"y":"a","a":"b","s":"7","f":{"size":"1"}}', 'EVENT_INVALID'],
])('what can never be handled says so: %s', (body, code) => {
  const read = readFanOutMessage({ body, messageAttributes: {} });
  expect(read).toMatchObject({ code });
  expect(JSON.stringify(read)).not.toContain(body);
});

test('a message says in a queue what was sent, within the correlation that sent it', async () => {
  const message = batch(1);
  const { requests, fanOut } = await topicThat(() => undefined);
  await withCorrelation({ correlationid: 'c' }, async () => fanOut.send(message));
  const body = requests[0]?.texts[0] ?? '';
  const raw = { body, messageAttributes: { 'x-correlation-id': { stringValue: 'c' } } };
  const wrapped = {
    Type: 'Notification',
    TopicArn: 'arn:aws:sns:us-east-1:000000000000:batches',
    Message: body,
    MessageAttributes: { 'x-correlation-id': { Type: 'String', Value: 'c' } },
  };
  const expected = { message, correlation: { correlationid: 'c' } };
  expect(readFanOutMessage(raw)).toEqual(expected);
  expect(readFanOutMessage({ body: JSON.stringify(wrapped), messageAttributes: {} })).toEqual(expected);
});

test('a message for which a whole request is refused does not take the others along, and is refused for good', async () => {
  const bad = fanOutText(batch(3));
  const { fanOut } = await topicThat((text) => (text === bad ? '*InvalidParameter' : undefined));
  const sent = await Promise.allSettled(Array.from({ length: 10 }, async (_, number) => fanOut.send(batch(number))));
  const outcomes = sent.map((each) => (each.status === 'fulfilled' ? 'sent' : (each.reason as { code: string }).code));
  expect(outcomes).toEqual(Array.from({ length: 10 }, (_, number) => (number === 3 ? 'EVENT_INVALID' : 'sent')));
});

test('a topic that may not be published to is a failure that passes', async () => {
  const { fanOut } = await topicThat(() => '*AuthorizationError');
  await expect((async () => fanOut.send(batch(1)))()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});
