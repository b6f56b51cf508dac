import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { openLogger } from '../logger.ts';
import { openServer } from './server.ts';
import { drawSite } from '../embedded/catalog/drawn-site.ts';
import { joined, objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;

/** Sends raw bytes and returns the response until the server closes the connection. */
function exchange(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('closing', () => {
  beforeEach(async () => {
    server = await openTestServer();
  });
  afterEach(() => server.close());

  /** Requests being handled now, including this one. */
  const handled = async () =>
    Number(/^figtree_http_requests_in_flight (\d+)$/m.exec((await server.get('/metrics')).text)?.[1]);

  it('lets requests in flight end, refuses new ones, then ends the live tails', async () => {
    const tail = await fetch(`${server.url}/events/stream?from=1`);
    const next = (await server.engine.log.head()) + 1;
    const waiting = server.get(`/users/${objectId(1)}?after=${next}`);
    const idle = await fetch(`${server.url}/health`);
    expect(idle.status).toBe(200);
    await expect.poll(handled).toBe(2);

    const stopped = server.stop();
    await expect
      .poll(() =>
        fetch(`${server.url}/health`).then(
          (answer) => answer.status,
          () => 'refused',
        ),
      )
      .not.toBe(200);
    await server.publish(joined(objectId(1), 'in_flight'));
    const answer = await waiting;
    expect([answer.status, answer.json.userName]).toEqual([200, 'in_flight']);
    await stopped;
    // The tail was ended and not cut: its response is complete.
    expect(await tail.text()).toContain('in_flight');
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
  });

  it('does not wait longer than its limit', async () => {
    const waiting = server.get('/status?after=1000000').then(
      ({ status }) => status,
      () => 'cut off',
    );
    await expect.poll(handled).toBe(2);
    await server.stop(50);
    // It was cut off without an answer, before its own time was up.
    expect(await waiting).toBe('cut off');
  });

  it('can be asked for twice', async () => {
    await Promise.all([server.stop(), server.stop()]);
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });
});

describe('at the edge', () => {
  beforeAll(async () => {
    server = await openTestServer();
  });
  afterAll(() => server.close());

  it('an unknown route is not found, a wrong method is answered with the right ones', async () => {
    expect((await server.get('/nowhere')).json.code).toBe('NOT_FOUND');
    expect((await server.get('/feeds')).json.code).toBe('NOT_FOUND');
    for (const [method, path, allow] of [
      ['DELETE', `/feeds/${objectId(1)}`, 'GET, HEAD'],
      ['PUT', '/events', 'GET, HEAD, POST'],
      ['PATCH', '/legacy/changes', 'POST'],
      ['OPTIONS', '/status', 'GET, HEAD'],
    ] as const) {
      const answer = await fetch(server.url + path, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
      expect(await answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405 });
    }
  });

  it('answers HEAD like GET, without a body', async () => {
    const answer = await fetch(`${server.url}/status`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/json',
      '',
    ]);
  });

  it('says nothing of what it is made of, and allows no other site', async () => {
    const { headers } = await server.get('/status', { origin: 'https://evil.example' });
    const names = [...headers.keys()];
    expect(names).not.toContain('server');
    expect(names.filter((name) => /^(x-powered-by|access-control-)/.test(name))).toEqual([]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('refuses a host that is not the loopback, and targets that are none', async () => {
    const ask = (target: string, host: string) =>
      exchange(server.url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask('/status', 'evil.example')).toMatch(/^HTTP\/1.1 403 [\s\S]*"code":"FORBIDDEN"/);
    expect(await ask('/status', 'localhost:1')).toMatch(/^HTTP\/1.1 200 /);
    expect(await ask('/status', '[::1]:4000')).toMatch(/^HTTP\/1.1 200 /);
    expect(await ask('/status', 'a b')).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"REQUEST_INVALID"/);
    expect(await ask('/%zz%', '127.0.0.1')).toMatch(/^HTTP\/1.1 404 /);
    expect(await ask('/feeds/%e0%a4%a', '127.0.0.1')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('refuses headers that are too large', async () => {
    const huge = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(server.url, huge)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('keeps nothing of a body that was cut off, and does not complain of it', async () => {
    const head = await server.engine.log.head();
    const { hostname, port } = new URL(server.url);
    const body = JSON.stringify(joined(objectId(2)));
    const headers = `POST /events HTTP/1.1\r\nHost: x.localhost\r\ncontent-length: ${body.length + 1}\r\n\r\n`;
    for (const host of ['127.0.0.1', 'localhost']) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(headers.replace('x.localhost', host) + body, () => socket.destroy());
        });
        socket.on('error', reject);
        socket.on('close', () => resolve());
      });
    }
    expect((await server.get('/status')).status).toBe(200);
    expect(await server.engine.log.head()).toBe(head);
    expect(server.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('starting', () => {
  const log = openLogger({ level: 'silent', destination: 2 });
  beforeAll(async () => {
    server = await openTestServer();
  });
  afterAll(() => server.close());

  it('refuses to serve beyond the loopback without keys', async () => {
    const config = { auth: { publishKeys: [] }, host: '0.0.0.0', port: 0 };
    const failure: unknown = await openServer({ engine: server.engine, config, log, drawSite }).catch(
      (error: unknown) => error,
    );
    expect(isFigtreeError(failure, 'AUTH_REQUIRED')).toBe(true);
  });

  it('says that a port is in use', async () => {
    const config = { auth: { publishKeys: [] }, host: '127.0.0.1', port: Number(new URL(server.url).port) };
    await expect(openServer({ engine: server.engine, config, log, drawSite })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
