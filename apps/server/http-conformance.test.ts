import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRawClient, type RawAnswer } from '../../testing/server/raw-client.ts';
import { openTestServer, type TestServer } from '../../testing/server/test-server.ts';

// Requirements of RFC 9110 and RFC 9112, tested with raw bytes.

let server: TestServer;
let ask: (text: string) => Promise<RawAnswer>;
beforeAll(async () => {
  server = await openTestServer();
  ask = openRawClient(server.url);
});
afterAll(() => server.close());

const CLOSE = 'Host: localhost\r\nConnection: close\r\n';
const post = (headers: string, body = '[]') =>
  ask(`POST /events HTTP/1.1\r\n${CLOSE}Content-Length: ${body.length}\r\n${headers}\r\n${body}`);

describe('the request line', () => {
  // RFC 9112, 3.2: HTTP/1.0 has no Host, and HTTP/1.1 has exactly one.
  it.each([
    ['GET /status HTTP/1.0\r\n\r\n', 200],
    ['HEAD /status HTTP/1.0\r\n\r\n', 200],
    ['GET /status HTTP/1.0\r\nHost: localhost\r\n\r\n', 200],
    ['POST /events HTTP/1.0\r\nContent-Length: 2\r\n\r\n[]', 202],
    ['GET /status HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['GET /status HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['GET /status HTTP/1.1\r\nHost: localhost:\r\nConnection: close\r\n\r\n', 200],
    ['GET /status HTTP/1.1\r\nHost: local host\r\nConnection: close\r\n\r\n', 400],
    [`GET /status HTTP/1.1\r\nhOST:localhost \t\r\nConnection: close\r\n\r\n`, 200],
    [`GET /nothing HTTP/1.0\r\n\r\n`, 404],
  ])('%j is answered with %i', async (text, status) => {
    expect((await ask(text)).status).toBe(status);
  });

  // 3.2.2: every server must accept a target that is a whole URL; the scheme is case-insensitive.
  it.each([
    ['http://localhost/status', 200],
    ['HTTP://LOCALHOST/status', 200],
    ['http://localhost/status?after=0', 200],
    ['http://localhost', 200],
    ['http://localhost?x=1', 200],
    ['http://user@localhost/status', 400],
    ['http:///status', 400],
    ['ftp://localhost/status', 400],
    ['status', 400],
    ['*', 400],
  ])('GET %s is answered with %i', async (target, status) => {
    expect((await ask(`GET ${target} HTTP/1.1\r\n${CLOSE}\r\n`)).status).toBe(status);
  });

  // 3.2.4, and RFC 9110, 9.3.7.
  it('OPTIONS * lists the methods of the server', async () => {
    for (const text of [`OPTIONS * HTTP/1.1\r\n${CLOSE}\r\n`, 'OPTIONS * HTTP/1.0\r\n\r\n']) {
      const { status, headers, body } = await ask(text);
      expect([status, body]).toEqual([204, '']);
      expect(headers['allow']?.split(', ')).toEqual(expect.arrayContaining(['GET', 'HEAD', 'OPTIONS', 'POST']));
    }
  });

  it('HEAD is answered like GET, without a body', async () => {
    for (const path of ['/status', '/catalog', '/nothing', '/openapi.json']) {
      const [head, get] = await Promise.all(
        ['HEAD', 'GET'].map((method) => ask(`${method} ${path} HTTP/1.1\r\n${CLOSE}\r\n`)),
      );
      expect([head?.status, head?.body, head?.headers['content-type']]).toEqual([
        get?.status,
        '',
        get?.headers['content-type'],
      ]);
    }
  });
});

describe('the codings of a body', () => {
  // RFC 9110, 5.6.1: a list may have empty members; 8.4: codings are case-insensitive.
  it.each(['', 'identity', 'Identity', ' identity , ', ',', 'identity,identity'])('may be %j', async (coding) => {
    expect((await post(`Content-Encoding: ${coding}\r\n`)).status).toBe(202);
  });

  it.each(['gzip', 'identity, gzip', 'br'])('may not be %j, which is not decoded here', async (coding) => {
    expect((await post(`Content-Encoding: ${coding}\r\n`)).status).toBe(400);
  });

  it('may be chunked, in any case, and nothing else besides', async () => {
    const chunked = (coding: string) =>
      ask(`POST /events HTTP/1.1\r\n${CLOSE}Transfer-Encoding: ${coding}\r\n\r\n2\r\n[]\r\n0\r\n\r\n`);
    expect((await chunked('chunked')).status).toBe(202);
    expect((await chunked('Chunked')).status).toBe(202);
    expect((await chunked('gzip, chunked')).status).toBe(400);
  });
});

describe('headers', () => {
  it('Expect: 100-continue is answered before the body, and any other expectation is refused', async () => {
    expect((await post('Expect: 100-Continue\r\n')).status).toBe(202);
    expect((await post('Expect: tea\r\n')).status).toBe(417);
  });

  it('Accept is a wish: what there is comes also if it is not wished for', async () => {
    for (const accept of ['', 'text/html;q=0', '*/*;q=0', 'application/json;q=0, */*']) {
      expect((await ask(`GET /status HTTP/1.1\r\n${CLOSE}Accept: ${accept}\r\n\r\n`)).status).toBe(200);
    }
  });

  it('an empty Last-Event-ID is none, and one that is no position is refused', async () => {
    const tail = (id: string) => ask(`HEAD /events/stream HTTP/1.1\r\n${CLOSE}Last-Event-ID: ${id}\r\n\r\n`);
    expect((await tail('')).status).toBe(200);
    expect((await tail(' \t')).status).toBe(200);
    expect((await tail('0')).status).toBe(200);
    expect((await tail('x')).status).toBe(400);
    expect((await tail('0, 0')).status).toBe(400);
  });

  it('of any bytes are answered, and come back in none that breaks', async () => {
    for (const id of ['\u00e4\u00ff', "UTF-8''%E2%82%AC", "UTF-8''%0D%0Ax:%20y", "UTF-8''%F0%9F%8C%BF", '%', '"']) {
      const { status, headers } = await ask(
        `GET /status HTTP/1.1\r\n${CLOSE}X-Correlation-Id: ${id}\r\nBaggage: ${id}\r\n\r\n`,
      );
      expect(status).toBe(200);
      expect(headers['x-correlation-id']).toMatch(/^[\x20-\x7e]+$/);
      expect(headers).not.toHaveProperty('x');
    }
  });
});
