import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes } from '../../events/catalog.ts';
import { objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  const auth = { publishKeys: [{ name: 'app', key: 'a-key-of-enough-characters' }] };
  server = await openTestServer({ auth });
});
afterAll(() => server.close());

const links = (html: string) =>
  [...html.replace(/<base [^>]*>/, '').matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);

describe('the catalog over HTTP', () => {
  it.each([
    ['/catalog', 'text/html; charset=utf-8'],
    ['/catalog/', 'text/html; charset=utf-8'],
    ['/catalog/index.html', 'text/html; charset=utf-8'],
    ['/catalog/events/yubl-posted.html', 'text/html; charset=utf-8'],
    ['/catalog/catalog.css', 'text/css; charset=utf-8'],
    ['/catalog/catalog.js', 'text/javascript; charset=utf-8'],
    ['/catalog/asyncapi.json', 'application/json'],
    ['/catalog/schemas/followed-1.schema.json', 'application/schema+json'],
    ['/catalog/eventcatalog/events/followed/schema.json', 'application/schema+json'],
    ['/catalog/eventcatalog/events/followed/index.mdx', 'text/markdown; charset=utf-8'],
  ])('serves %s as %s, to anyone', async (path, type) => {
    const { status, headers, text } = await server.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(text.length).toBeGreaterThan(100);
  });

  it.each(['/catalog', '/catalog/', '/catalog/index.html'])(
    'is whole from %s on: every link leads somewhere',
    async (start) => {
      const seen = new Set<string>();
      const waiting = [new URL(start, server.url)];
      for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
        if (seen.has(page.pathname)) continue;
        seen.add(page.pathname);
        const { status, text, headers } = await server.get(page.pathname);
        expect([page.pathname, status]).toEqual([page.pathname, 200]);
        if (!headers.get('content-type')?.startsWith('text/html')) continue;
        const base = new URL(/<base href="([^"]+)"/.exec(text)?.[1] ?? '', page);
        waiting.push(
          ...links(text)
            .filter((link) => !link.startsWith('data:'))
            .map((link) => new URL(link, base)),
        );
      }
      for (const type of eventTypes) expect(seen).toContain(`/catalog/events/${type}.html`);
    },
  );

  it('is not sent again to a browser that has it', async () => {
    const { headers } = await server.get('/catalog/events/followed.html');
    const etag = headers.get('etag') ?? '';
    expect(etag).toMatch(/^(W\/)?".+"$/);
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await server.get('/catalog/events/followed.html', { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    const other = await server.get('/catalog/events/followed.html', { 'if-none-match': '"other"' });
    expect(other.status).toBe(200);
  });

  it('answers HEAD with what GET would say of it, and no body', async () => {
    const get = await server.get('/catalog/catalog.css');
    const head = await fetch(`${server.url}/catalog/catalog.css`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'etag', 'cache-control']) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
  });

  it.each([
    '/catalog/nothing.html',
    '/catalog/events',
    '/catalog/events/',
    '/catalogue',
    '/catalog/%2e%2e/package.json',
    '/catalog/..%2f..%2fpackage.json',
    '/catalog/events/..%5c..%5cpackage.json',
    '/catalog/%00',
    '/catalog/__proto__',
    '/catalog/constructor',
    '/catalog/%',
  ])('knows no %s', async (path) => {
    const { status, headers, json } = await server.get(path);
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(json).toMatchObject({ code: 'NOT_FOUND', status: 404 });
  });

  it('is there to be read and for nothing else', async () => {
    for (const path of ['/catalog', '/catalog/', '/catalog/index.html']) {
      const { status, headers } = await server.post(path, '{}');
      expect([path, status, headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    }
  });

  it('runs no script but its own and loads nothing from elsewhere', async () => {
    const { headers, text } = await server.get('/catalog/events/yubl-posted.html');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/https?:\/\/|<script>|<style|\sstyle=|\son\w+=/);
  });

  it('leaves the other routes as they are', async () => {
    expect((await server.get('/health')).json).toEqual({ status: 'ok' });
    expect((await server.get(`/users/${objectId(1)}`)).status).toBe(404);
    expect((await server.get('/events')).status).toBe(401);
  });
});
