import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonAnswer, objectId, openTestServer, posts, type TestServer } from '../../testing/server/test-server.ts';

// An event that no door would have accepted, and that no consumer can handle; two later ones of its key; a valid one.
let server: TestServer;
let first: number;
const key = objectId(0xbad, 2);

beforeAll(async () => {
  server = await openTestServer();
  await server.publish(posts(objectId(0xada), objectId(1, 2), 'fine'));
  const bad = sampleEvent({ type: 'yubl-posted' }, { id: 'the bad one', partitionkey: key });
  const data = { yublId: null, authorId: objectId(0xada), text: ['my secret'], postedAt: bad.time };
  const later = ['b', 'c'].map((id) => sampleEvent({ type: 'yubl-deleted' }, { id, partitionkey: key }));
  const outcomes = await server.engine.log.append([{ ...bad, data } as unknown as EventEnvelope, ...later]);
  first = outcomes[0]?.position ?? 0;
  await server.publish(posts(objectId(0xada), objectId(2, 2), 'fine too'));
});
afterAll(() => server.close());

const items = async (query = '') => (await server.get(`/admin/parked${query}`)).json.items as JsonAnswer[];
const statusOf = async (name: string) =>
  (await server.get('/status')).json.projections.find((one: JsonAnswer) => one.name === name);

describe('the parking lot over HTTP', () => {
  it('lists what waits, by projection and position, in pages', async () => {
    const all = await items();
    // Every projection whose consumers handle yubls has parked them.
    const names = [...new Set(all.map(({ projection }) => projection as string))];
    expect(names).toEqual(expect.arrayContaining(['feed', 'search']));
    expect(names).not.toContain('relationships');
    expect(all.map(({ projection, position }) => [projection, position])).toEqual(
      names.toSorted().flatMap((name) => [0, 1, 2].map((later) => [name, first + later])),
    );
    expect(all[0]).toMatchObject({
      key,
      event: 'the bad one',
      consumer: 'distribute-yubl',
      attempts: expect.any(Number),
      code: expect.any(String),
      error: expect.any(String),
      parkedAt: expect.stringMatching(/Z$/),
    });
    expect(all[1]).not.toHaveProperty('consumer');
    const page = (await server.get('/admin/parked?limit=4')).json;
    const rest = (await server.get(`/admin/parked?limit=500&cursor=${page.next}`)).json;
    expect([...page.items, ...rest.items].map(({ event }: JsonAnswer) => event)).toEqual(all.map(({ event }) => event));
    expect(rest.next).toBeNull();
    expect(await items('?projection=search&key=nobody')).toEqual([]);
    expect(await items(`?projection=search&error=${all[3].code}`)).toHaveLength(1);
  });

  it('shows one with what was recorded, and without what is personal', async () => {
    const { status, json, text } = await server.get(`/admin/parked/search/${first}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ projection: 'search', position: first, waiting: 2, consumer: 'index-search' });
    expect(json.events).toMatchObject([{ id: 'the bad one', type: 'yubl-posted', data: { text: '[redacted]' } }]);
    expect(text).not.toContain('secret');
    for (const path of ['search/1', 'relationships/1', 'nowhere/1', 'feed/x']) {
      expect((await server.get(`/admin/parked/${path}`)).json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  it('reports in status and metrics how much is parked, by which consumer and for how long', async () => {
    const status = await statusOf('search');
    expect(status).toMatchObject({ parked: 3, parkedByConsumer: { 'index-search': 3 }, discarded: 0, lagEvents: 0 });
    expect(status.oldestParkedSeconds).toBeGreaterThan(0);
    expect(status.worstKeyRange).toMatchObject({ lagEvents: 3 });
    expect(status.worstKeyRange.lagSeconds).toBeGreaterThanOrEqual(status.oldestParkedSeconds);
    const metrics = (await server.get('/metrics')).text;
    expect(metrics).toContain('figtree_projection_parked_by_consumer{projection="search",consumer="index-search"} 3');
    expect(metrics).toMatch(/^figtree_projection_worst_key_range_lag_events\{projection="search"\} 3$/m);
    expect(metrics).toMatch(/^figtree_projection_state\{projection="search",state="stalled"\} 0$/m);
  });

  it('redrives, and says that it failed again', async () => {
    const [before] = await items('?projection=search');
    const { status, json } = await server.post(`/admin/parked/redrive?projection=search&position=${first + 2}`, '');
    expect(status).toBe(200);
    expect(json).toEqual({
      keys: 1,
      handled: 0,
      failed: 1,
      projections: [{ projection: 'search', keys: 1, handled: 0, failed: 1 }],
    });
    const [after] = await items('?projection=search');
    expect(after.attempts).toBeGreaterThan(before.attempts);
    expect(after).toMatchObject({ position: first, parkedAt: before.parkedAt });
  });

  it.each([
    ['redrive?', 400, 'REQUEST_INVALID'],
    ['redrive?key=a&all=true', 400, 'REQUEST_INVALID'],
    ['redrive?all=maybe', 400, 'REQUEST_INVALID'],
    ['discard?projection=none&all=true', 400, 'REQUEST_INVALID'],
    ['discard?event=nobody', 404, 'NOT_FOUND'],
    ['redrive?projection=relationships&error=x', 404, 'NOT_FOUND'],
    ['nowhere/resume', 404, 'NOT_FOUND'],
  ])('refuses %s with %i', async (path, status, code) => {
    expect((await server.post(`/admin/parked/${path}`, '')).json).toMatchObject({ status, code });
  });

  it('says that a projection does not pause', async () => {
    const { json } = await server.post('/admin/parked/search/resume', '');
    expect(json).toEqual({ paused: false, upTo: await server.engine.log.head() });
  });

  it('discards permanently: the key continues, and the event is counted', async () => {
    const parked = (await items()).filter(({ event }) => event === 'the bad one').length;
    const { json } = await server.post('/admin/parked/discard?event=the bad one', '');
    expect(json).toMatchObject({ discarded: parked });
    await expect.poll(() => items(), { timeout: 60_000 }).toEqual([]);
    expect(await statusOf('feed')).toMatchObject({ parked: 0, discarded: 1, state: 'live' });
    expect((await server.post('/admin/parked/redrive?all=true', '')).json).toMatchObject({ keys: 0, handled: 0 });
    const metrics = (await server.get('/metrics')).text;
    expect(metrics).toContain('figtree_projection_parked_by_consumer{projection="search",consumer="index-search"} 0');
    expect(metrics).toMatch(/^figtree_projection_discarded\{projection="search"\} 1$/m);
  });
});
