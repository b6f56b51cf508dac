import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  event,
  follows,
  joined,
  objectId,
  openTestServer,
  posts,
  type TestServer,
} from '../../testing/server/test-server.ts';

const YUBLS = 30;
const ada = objectId(0xada);
const bob = objectId(0xb0b);
const unknown = objectId(0xffff);
const fans = Array.from({ length: 7 }, (_, index) => objectId(index, 1));
const yubls = Array.from({ length: YUBLS }, (_, index) => objectId(index, 2));

let server: TestServer;

beforeAll(async () => {
  server = await openTestServer();
  await server.publish(
    joined(ada, 'ada_l'),
    joined(bob),
    ...fans.map((fan) => joined(fan)),
    follows(bob, ada),
    ...fans.map((fan) => follows(fan, ada)),
    ...fans.map((fan) => follows(ada, fan)),
    ...yubls.map((yublId, index) => posts(ada, yublId, `yubl number ${index}`)),
  );
});
afterAll(() => server.close());

/** All items of a list, page by page. */
async function walk(path: string, limit: number): Promise<unknown[]> {
  const items: unknown[] = [];
  const separator = path.includes('?') ? '&' : '?';
  let cursor = '';
  for (let pages = 0; pages < 100; pages += 1) {
    const { json, status } = await server.get(`${path}${separator}limit=${limit}${cursor}`);
    expect(status).toBe(200);
    expect(json.items.length).toBeLessThanOrEqual(limit);
    items.push(...json.items);
    if (json.next === null) return items;
    cursor = `&cursor=${json.next}`;
  }
  throw new Error('the list does not end');
}

describe('a feed', () => {
  it('holds what the followed users posted, newest first', async () => {
    const { status, json, headers } = await server.get(`/feeds/${bob}`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json.next).toBeNull();
    expect(json.items.map((item: { yublId: string }) => item.yublId)).toEqual(yubls.toReversed());
    expect(json.items.at(-1)).toEqual({
      yublId: yubls[0],
      authorId: ada,
      text: 'yubl number 0',
      postedAt: '2020-01-01T00:00:00.000Z',
      sequence: expect.stringMatching(/^[0-9]{20}$/),
    });
  });

  it('is the same for an id in capitals', async () => {
    const shouted = await server.get(`/feeds/${bob.toUpperCase()}`);
    expect(shouted.json).toEqual((await server.get(`/feeds/${bob}`)).json);
  });

  it.each([unknown, 'nobody', '..%2f', '%00'])('of %s is empty', async (id) => {
    expect((await server.get(`/feeds/${id}`)).json).toEqual({ items: [], next: null });
  });
});

describe('walking through the pages', () => {
  it.each([
    [`/feeds/${bob}`, YUBLS],
    [`/users/${ada}/yubls`, YUBLS],
    [`/users/${ada}/followers`, fans.length + 1],
    [`/users/${ada}/following`, fans.length],
    ['/search/users?q=first', fans.length + 2],
    ['/search/yubls?q=yubl', YUBLS],
    ['/events', 2 + 3 * fans.length + 1 + YUBLS],
    ['/events?type=followed,yubl-posted', 2 * fans.length + 1 + YUBLS],
    [`/events?key=${ada}`, 1 + fans.length],
    ['/events?from=20', 2 + 3 * fans.length + 1 + YUBLS - 19],
  ])('of %s returns what one large page returns: %i items', async (path, length) => {
    const large = await walk(path, 200);
    expect(large).toHaveLength(length);
    expect(new Set(large.map((item) => JSON.stringify(item))).size).toBe(length);
    for (const limit of [1, 7, 30]) expect(await walk(path, limit)).toEqual(large);
  });

  it('returns 50 by default, and 200 at most', async () => {
    const { items, next } = (await server.get('/events')).json;
    expect([items.length, typeof next]).toEqual([50, 'string']);
    expect((await server.get('/events?limit=100000')).json.items).toHaveLength(2 + 3 * fans.length + 1 + YUBLS);
  });
});

describe('a user', () => {
  it('comes with counts', async () => {
    expect((await server.get(`/users/${ada.toUpperCase()}`)).json).toEqual({
      userId: ada,
      userName: 'ada_l',
      firstName: 'First',
      lastName: 'Last',
      joinedAt: '2020-01-01T00:00:00.000Z',
      counts: { followers: fans.length + 1, following: fans.length, yubls: YUBLS },
    });
  });

  it('has followers with the time since when', async () => {
    const { items } = (await server.get(`/users/${ada}/followers?limit=1`)).json;
    expect(items).toEqual([{ userId: fans.at(-1), since: '2020-01-01T00:00:00.000Z' }]);
  });

  it('follows or does not', async () => {
    const follow = await server.get(`/users/${bob}/following/${ada.toUpperCase()}`);
    expect([follow.status, follow.json]).toEqual([200, { since: '2020-01-01T00:00:00.000Z' }]);
    expect((await server.get(`/users/${ada}/following/${bob}`)).status).toBe(404);
  });

  it.each([`/users/${unknown}`, '/users/nobody', `/yubls/${unknown}`, '/yubls/x', `/users/x/following/${ada}`])(
    'at %s is not found',
    async (path) => {
      const { status, json } = await server.get(path);
      expect([status, json.code]).toEqual([404, 'NOT_FOUND']);
    },
  );

  it('a user who leaves is gone, with their yubls', async () => {
    const [carl, yubl] = [objectId(0xca71), objectId(0xca71, 2)];
    await server.publish(joined(carl), posts(carl, yubl, 'farewell'));
    expect((await server.get(`/users/${carl}`)).json.counts.yubls).toBe(1);
    expect((await server.get(`/yubls/${yubl}`)).json.text).toBe('farewell');
    const after = await server.publish(event('user-left', { userId: carl }));
    expect((await server.get(`/users/${carl}?after=${after}`)).status).toBe(404);
    expect((await server.get(`/yubls/${yubl}?after=${after}`)).status).toBe(404);
    expect((await server.get(`/users/${carl}/yubls`)).json.items).toEqual([]);
    expect((await server.get('/search/yubls?q=farewell')).json.items).toEqual([]);
  });
});

describe('search', () => {
  it('finds users by how their names begin, and yubls by their words', async () => {
    const users = (await server.get('/search/users?q=ADA')).json.items;
    expect(users).toEqual([{ userId: ada, userName: 'ada_l', firstName: 'First', lastName: 'Last' }]);
    const found = (await server.get('/search/yubls?q=number%2017')).json.items;
    expect(found).toEqual([(await server.get(`/yubls/${yubls[17]}`)).json]);
  });
});

describe('reading one’s own write', () => {
  const OF_THE_LOG = ['/events', '/admin/quarantine', '/admin/quarantine/1'];

  it('waits for the position of the answer', async () => {
    for (let round = 0; round < 20; round += 1) {
      const yublId = objectId(round, 3);
      const { json: report } = await server.post('/events', posts(fans[0] ?? '', yublId, 'wait for me'));
      const { json } = await server.get(`/feeds/${ada}?limit=1&after=${report.position}`);
      expect(json.items[0].yublId).toBe(yublId);
    }
  });

  it('ends with NOT_CAUGHT_UP where the position does not come', async () => {
    const beyond = (await server.get('/status')).json.head + 1000;
    // Concurrently, because each waits as long as it may.
    const paths = ['/search/users?q=x&', ...OF_THE_LOG.map((path) => `${path}?`)];
    const answers = await Promise.all(paths.map((path) => server.get(`${path}after=${beyond}`)));
    for (const { status, json, headers } of answers) {
      expect([status, json.code, json.retryable]).toEqual([504, 'NOT_CAUGHT_UP', true]);
      expect(headers.get('retry-after')).toBe('1');
    }
  });

  it.each(OF_THE_LOG)('holds for %s, which the log answers', async (path) => {
    const { head } = (await server.get('/status')).json;
    const asked = server.get(`${path}?limit=1&after=${head + 1}`);
    await server.publish(posts(fans[0] ?? '', objectId(head, 4)));
    expect((await asked).status).toBe(path.endsWith('/1') ? 404 : 200);
  });
});

describe('a request that is wrong', () => {
  it.each([
    ...['0', '-1', '1.5', 'ten', '', '1&limit=2', '99999999999'].map((limit) => `/feeds/${ada}?limit=${limit}`),
    ...['-1', 'x', '1.5', '', '9'.repeat(16)].map((after) => `/users/${ada}?after=${after}`),
    '/search/users',
    '/search/users?q=',
    '/search/yubls?q=%20%20',
    `/search/yubls?q=${'x'.repeat(201)}`,
    '/search/users?q=a&q=b',
    '/events?from=x',
    '/events?after=x',
    '/admin/quarantine?after=-1',
    '/admin/quarantine/1?after=x',
    '/events?type=nothing',
    '/events?type=followed,',
    '/events/stream?from=-1',
  ])('%s is refused as REQUEST_INVALID', async (path) => {
    const { status, json } = await server.get(path);
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(json.errors[0].path).toMatch(/^(limit|after|q|from|type)$/);
  });

  it.each(['limit=1&limit=2', 'after=1&after=1', 'cursor=a&cursor=b'])('says that %s is too much', async (query) => {
    const { json } = await server.get(`/feeds/${ada}?${query}`);
    expect(json.detail).toBe(`${query.split('=')[0]} must be given only once`);
  });

  it('carries a cursor of another list', async () => {
    const { next } = (await server.get(`/users/${ada}/yubls?limit=1`)).json;
    for (const path of [`/feeds/${bob}`, `/users/${ada}/followers`, '/search/yubls', '/events', '/admin/quarantine']) {
      const { status, json } = await server.get(`${path}?q=x&cursor=${next}`);
      expect([path, status, json.code]).toEqual([path, 400, 'CURSOR_INVALID']);
    }
  });
});
