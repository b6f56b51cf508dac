import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  joined,
  type JsonAnswer,
  objectId,
  openTestServer,
  posts,
  type TestServer,
} from '../../testing/server/test-server.ts';

const ada = objectId(0xada);
const YUBLS = 300;
let server: TestServer;
let head: number;

beforeAll(async () => {
  server = await openTestServer();
  head = await server.publish(
    joined(ada),
    ...Array.from({ length: YUBLS }, (_, number) => posts(ada, objectId(number, 2))),
  );
});
afterAll(() => server.close());

async function ended(id: string): Promise<JsonAnswer> {
  for (;;) {
    const { json } = await server.get(`/admin/rebuilds/${id}`);
    if (json.state !== 'running') return json;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function remove(path: string) {
  const response = await fetch(server.url + path, { method: 'DELETE' });
  return { status: response.status, json: (await response.json()) as JsonAnswer };
}

describe('rebuilds over HTTP', () => {
  it('are begun, followed to their swap, and rolled back', async () => {
    const { status, json } = await server.post('/admin/rebuilds', { projections: ['relationships', 'search'] });
    expect([status, json]).toEqual([202, { id: expect.any(String), resumed: false }]);
    const done = await ended(json.id);
    expect(done).toMatchObject({
      stage: 'swapped',
      state: 'done',
      projections: [{ position: head }, { position: head }],
    });
    const back = await server.post('/admin/projections/search/rollback', '');
    expect([back.status, back.json]).toEqual([200, { position: head, previous: expect.stringContaining(json.id) }]);
    expect((await server.get(`/users/${ada}?after=${head}`)).json).toMatchObject({ userId: ada });
    expect((await server.get(`/search/yubls?q=hello&after=${head}`)).json.items).toHaveLength(50);
  });

  it('build the past beside the present', async () => {
    const asked = { projections: ['feed'], until: '11', swap: false };
    const { json } = await server.post('/admin/rebuilds', asked);
    expect(await ended(json.id)).toMatchObject({
      stage: 'built',
      projections: [{ file: 'feed-at-11.db', position: 11 }],
    });
  });

  it('are not said to be cancelled when they are through', async () => {
    const { json } = await server.post('/admin/rebuilds', { projections: ['feed'] });
    await ended(json.id);
    expect((await remove(`/admin/rebuilds/${json.id}`)).json).toEqual({ id: json.id, outcome: 'done' });
  });

  it('are refused while one runs, end when they are cancelled, and leave nothing then', async () => {
    const { json } = await server.post('/admin/rebuilds', { projections: ['feed'], rate: 10 });
    const again = await server.post('/admin/rebuilds', { projections: ['feed', 'search'] });
    expect([again.status, again.json.code]).toEqual([409, 'REBUILD_RUNNING']);
    const { items } = (await server.get('/admin/rebuilds')).json;
    expect(items[0]).toMatchObject({ id: json.id, state: 'running' });
    expect(await remove(`/admin/rebuilds/${json.id}`)).toEqual({
      status: 200,
      json: { id: json.id, outcome: 'cancelled' },
    });
    expect((await server.get(`/admin/rebuilds/${json.id}`)).status).toBe(404);
  });

  it.each([
    ['not json', 'The body is not valid JSON'],
    [{}, 'projections'],
    [{ projections: [] }, 'projections'],
    [{ projections: ['nobody'] }, 'projections'],
    [{ projections: ['feed'], wish: 1 }, 'wish'],
    [{ projections: ['feed'], rate: 0 }, 'rate'],
    [{ projections: ['feed'], until: '5' }, '--no-swap'],
    [{ projections: ['feed'], until: '999999', swap: false }, 'beyond the end'],
  ])('refuses %j', async (body, reason) => {
    const { status, json } = await server.post('/admin/rebuilds', body);
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(json.detail).toContain(reason);
  });

  it('refuses a body that is far longer than any that makes sense', async () => {
    const { status, json } = await server.post('/admin/rebuilds', `{"projections":[${'"feed",'.repeat(5000)}"feed"]}`);
    expect([status, json.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('says of what is not there that it is not', async () => {
    expect((await server.get('/admin/rebuilds/none')).status).toBe(404);
    expect((await remove('/admin/rebuilds/none')).status).toBe(404);
    expect((await server.post('/admin/projections/nobody/rollback', '')).status).toBe(404);
  });
});
