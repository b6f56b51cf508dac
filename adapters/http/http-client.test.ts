import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { correlationOfHeaders } from '../../events/carriers/headers.ts';
import { withCorrelation } from '../../events/correlation.ts';
import { type HttpClientOptions, openHttpClient } from './http-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: URL;
let seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[];
/** One per request; the last one answers all further ones. */
let answers: Answer[];

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end('body');
const ok = status(200);
const hangs: Answer = () => {};
const dies: Answer = (request) => request.socket.destroy();
const half: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '10' }).write('half');
  setTimeout(() => response.destroy(), 20);
};

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mails?token=secret`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const PATIENT = { attemptMs: 30_000, deadlineMs: 60_000 };
const client = (options: Partial<HttpClientOptions> = {}) =>
  openHttpClient({ name: 'welcome', url, ...PATIENT, ...options });
const event = { source: 'urn:test', id: 'event-1' };
function handling<Result>(work: () => Result, of: object = event, isReplay = false): Result {
  const correlation = { correlationid: 'flow', causationid: 'event-1', baggage: 'user-id=ada' };
  return withCorrelation(correlation, work, { event: of as typeof event, isReplay: () => isReplay });
}
const keys = () => seen.map(({ headers }) => headers['idempotency-key']);

describe('a call', () => {
  test('carries what it is about, its correlation, and what the caller wants besides', async () => {
    answers = [ok];
    const headers = { Authorization: 'Bearer x', 'X-Correlation-Id': 'own' };
    const reply = await handling(() => client().send({ json: { a: 1 }, path: '/other', headers }));
    expect(reply).toMatchObject({ status: 200, text: 'body' });
    const [request] = seen;
    expect(request).toMatchObject({ method: 'POST', path: '/other', body: '{"a":1}' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer x',
      'x-correlation-id': 'own',
      'x-correlation-user-id': 'ada',
    });
  });

  test('is in the correlation of the event, as a server reads it', async () => {
    answers = [ok];
    await handling(() => client().send({}));
    expect(correlationOfHeaders(seen[0]?.headers ?? {})).toMatchObject({
      correlationid: 'flow',
      causationid: 'event-1',
      baggage: 'user-id=ada',
    });
  });

  test('sends the credentials of its URL as a header', async () => {
    answers = [ok];
    const withCredentials = new URL(url);
    [withCredentials.username, withCredentials.password] = ['mail er', 'p:w'];
    await handling(() => client({ url: withCredentials }).send({}));
    const [scheme = '', text = ''] = (seen[0]?.headers.authorization ?? '').split(' ');
    expect([scheme, Buffer.from(text, 'base64').toString()]).toEqual(['Basic', 'mail er:p:w']);
  });

  test.each(['http://127.0.0.1:1/', '//other.example/mails', '\\\\other.example'])(
    'does not go to another host by the path %s',
    async (path) => {
      answers = [ok];
      await expect(handling(() => client().send({ path }))).rejects.toMatchObject({ code: 'CALL_MISUSED' });
      expect(seen).toEqual([]);
    },
  );

  test('is refused in a replay, and nothing is sent', async () => {
    answers = [ok];
    await expect(handling(() => client().send({}), event, true)).rejects.toMatchObject({ code: 'CALL_MISUSED' });
    expect(seen).toEqual([]);
  });
});

describe('the idempotency key', () => {
  test('is the same whenever the event is handled, and another one for any other event, step and client', async () => {
    answers = [ok];
    await handling(() => client().send({ json: 1 }));
    await handling(() => client().send({ json: 1 }));
    await handling(() => client().send({ json: 1, step: 'second' }));
    await handling(() => client({ name: 'other' }).send({ json: 1 }));
    await handling(() => client().send({ json: 1 }), { ...event, id: 'event-2' });
    await handling(() => client().send({ json: 1 }), { ...event, source: 'urn:other' });
    const [first, again, ...others] = keys();
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  test('is that of one call of a handler, which may be made again', async () => {
    answers = [ok];
    await handling(async () => {
      const http = client();
      await http.send({ json: 1 });
      await http.send({ json: 1 });
      await expect(http.send({ json: 2 })).rejects.toMatchObject({ code: 'CALL_MISUSED' });
      await http.send({ json: 2, step: 'second' });
    });
    expect(new Set(keys()).size).toBe(2);
    expect(seen).toHaveLength(3);
  });

  test('is the same in every attempt', async () => {
    answers = [status(503), status(429), ok];
    await handling(() => client().send({}));
    expect(keys()).toEqual([keys()[0], keys()[0], keys()[0]]);
  });
});

describe('attempts', () => {
  test.each([
    { after: 'an unavailable system', method: 'POST', first: status(503), times: 2 },
    { after: 'too many requests', method: 'POST', first: status(429, { 'retry-after': '0' }), times: 2 },
    { after: 'a broken system', method: 'PUT', first: status(500), times: 2 },
    { after: 'a connection that ends', method: 'GET', first: dies, times: 2 },
    { after: 'half a response', method: 'GET', first: half, times: 2 },
    { after: 'a system that hangs', method: 'DELETE', first: hangs, times: 2 },
    // These may have been processed.
    { after: 'a broken system', method: 'POST', first: status(500), times: 1 },
    { after: 'a connection that ends', method: 'POST', first: dies, times: 1 },
    { after: 'half a response', method: 'PATCH', first: half, times: 1 },
    { after: 'a system that hangs', method: 'POST', first: hangs, times: 1 },
    { after: 'a refusal', method: 'PUT', first: status(422), times: 1 },
  ])('are $times of $method after $after', async ({ method, first, times }) => {
    answers = [first, ok];
    const sent = handling(() => client(first === hangs ? { attemptMs: 3000 } : {}).send({ method })).then(
      ({ status: code }) => code,
      ({ code }) => code,
    );
    expect(await sent).toBe(times === 2 ? 200 : 'CALL_FAILED');
    expect(seen).toHaveLength(times);
  });

  test('repeat anything where keys are honoured', async () => {
    answers = [status(500), dies, status(409), ok];
    expect(await handling(() => client({ honoursKeys: true }).send({}))).toMatchObject({ status: 200 });
    expect(new Set(keys()).size).toBe(1);
    expect(seen).toHaveLength(4);
  });

  test('wait until the connection is accepted', async () => {
    answers = [ok];
    const { port } = url;
    await new Promise((resolve) => server.close(resolve));
    const sent = handling(() => client().send({}));
    setTimeout(() => server.listen(Number(port), '127.0.0.1'), 300);
    expect(await sent).toMatchObject({ status: 200 });
  });

  test.each([
    ['seconds', () => '3600'],
    ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
  ])('end at once if the other system wants a longer pause than there is time, in %s', async (_, wanted) => {
    answers = [status(503, { 'retry-after': wanted() }), ok];
    await expect(handling(() => client().send({}))).rejects.toMatchObject({ code: 'CALL_FAILED', retryable: true });
    expect(seen).toHaveLength(1);
  });

  test('are not made after the deadline', async () => {
    answers = [status(503)];
    await expect(handling(() => client({ deadlineMs: 3000 }).send({}))).rejects.toThrow(/ \(\d+ attempts\)$/);
    const made = seen.length;
    expect(made).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(seen).toHaveLength(made);
  });
});

describe('a failure', () => {
  test('names the client, the host and the status, and nothing that is secret', async () => {
    answers = [status(400)];
    const failure = await handling(() =>
      client()
        .send({ json: { name: 'Ada' } })
        .catch((error: Error) => error),
    );
    expect(failure).toMatchObject({ message: `welcome: POST ${url.host} answered 400` });
    expect(JSON.stringify(failure)).not.toMatch(/secret|Ada/);
  });

  test('is a redirect, which is not followed', async () => {
    answers = [status(302, { location: 'http://127.0.0.1:1/' }), ok];
    await expect(handling(() => client().send({ method: 'GET' }))).rejects.toThrow('answered 302');
    expect(seen).toHaveLength(1);
  });

  test('is a reply that is too long', async () => {
    answers = [(_, response) => response.end('x'.repeat(1024 * 1024 + 1))];
    await expect(handling(() => client().send({ method: 'GET' }))).rejects.toThrow('more than 1048576 bytes');
  });
});
