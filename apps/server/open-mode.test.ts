import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRawClient } from '../../testing/server/raw-client.ts';
import { openTestServer, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
let port: string;
beforeAll(async () => {
  server = await openTestServer();
  ({ port } = new URL(server.url));
});
afterAll(() => server.close());

const post = (headers: Record<string, string>) =>
  openRawClient(server.url)(
    `POST /events HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n${linesOf(headers)}\r\n[]`,
  );
const get = (headers: Record<string, string>, path = '/status') =>
  openRawClient(server.url)(`GET ${path} HTTP/1.1\r\nConnection: close\r\n${linesOf(headers)}\r\n`);
const linesOf = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value.replaceAll('PORT', port)}\r\n`)
    .join('');

describe('without keys a page', () => {
  it.each([
    ['localhost:PORT', 'http://localhost:PORT'],
    ['127.0.0.1:PORT', 'http://127.0.0.1:PORT'],
    ['[::1]:PORT', 'http://[::1]:PORT'],
    ['LocalHost:PORT', 'http://localhost:PORT'],
    ['localhost', 'http://localhost:80'],
    ['localhost:443', 'https://localhost'],
  ])('of the server itself (Host %s, Origin %s) may write and read', async (Host, Origin) => {
    expect((await post({ Host, Origin, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(202);
    expect((await get({ Host, Origin, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
  });

  it.each([
    'https://evil.example',
    'null',
    '',
    'http://localhost:3000',
    'http://127.0.0.1:PORT',
    'http://localhost:1PORT',
    'http://localhost.evil.example:PORT',
    'http://user@localhost:PORT',
    'http://localhost:PORT, http://evil.example',
    'chrome-extension://localhost:PORT',
    'file://',
  ])('of elsewhere (Origin %j) may do neither', async (Origin) => {
    const Host = 'localhost:PORT';
    expect((await post({ Host, Origin })).status).toBe(403);
    expect((await get({ Host, Origin })).status).toBe(403);
  });

  it.each(['cross-site', 'Cross-Site'])(
    'of another site is refused for every method, by Sec-Fetch-Site: %s',
    async (site) => {
      const headers = { Host: 'localhost:PORT', 'Sec-Fetch-Site': site };
      expect((await post(headers)).status).toBe(403);
      expect((await get(headers)).status).toBe(403);
      expect((await get(headers, '/events/stream')).status).toBe(403);
      expect((await get(headers, '/catalog')).status).toBe(403);
    },
  );

  it('of another port of this machine may link to here and not write', async () => {
    const headers = { Host: 'localhost:PORT', 'Sec-Fetch-Site': 'same-site' };
    expect((await get(headers)).status).toBe(200);
    expect((await post(headers)).status).toBe(403);
  });

  it('that a person opens by hand is served, and so is the catalog', async () => {
    const headers = { Host: 'localhost:PORT', 'Sec-Fetch-Site': 'none' };
    expect((await get(headers, '/catalog')).status).toBe(200);
    expect((await get({ ...headers, 'Sec-Fetch-Site': 'same-origin' }, '/catalog')).status).toBe(200);
  });
});

it('a program, which sends neither, may read and write', async () => {
  expect((await post({ Host: 'localhost:PORT' })).status).toBe(202);
  expect((await get({ Host: '127.0.0.1:PORT' })).status).toBe(200);
});

it('the host of the target counts where there is one, and not the header', async () => {
  const ask = openRawClient(server.url);
  const target = async (url: string, host: string) =>
    (await ask(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status;
  expect(await target('http://evil.example/status', 'localhost')).toBe(403);
  expect(await target(`http://localhost:${port}/status`, 'evil.example')).toBe(200);
});
