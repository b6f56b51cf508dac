import { correlationOfHeaders } from '../../events/carriers/headers.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follows, joined, objectId, openTestServer, posts, type TestServer } from '../../testing/server/test-server.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const ada = objectId(0xada);
const bob = objectId(0xb0b);

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  await server.publish(joined(ada), joined(bob), follows(bob, ada));
});
afterAll(() => server.close());

let made = 0;
async function post(headers: Record<string, string>) {
  const answer = await server.post('/events', posts(ada, objectId((made += 1), 2)), headers);
  const { items } = (await server.get(`/events?from=${answer.json.position}`)).json;
  return { answer, event: items[0] };
}

describe('a request with correlation', () => {
  it('applies to its events, its log line and its response', async () => {
    const headers = {
      'x-correlation-id': 'flow-1',
      'x-correlation-user-id': 'u-7',
      traceparent: TRACEPARENT,
      baggage: 'request-id=r-9',
    };
    const { answer, event } = await post(headers);
    expect(answer.headers.get('x-correlation-id')).toBe('flow-1');
    expect(event).toMatchObject({ correlationid: 'flow-1', traceparent: TRACEPARENT });
    expect(event.baggage.split(',').toSorted()).toEqual(['request-id=r-9', 'user-id=u-7']);
    const line = server.lines.find(({ requestId }) => requestId === answer.headers.get('x-request-id'));
    expect(line).toMatchObject({
      level: 'info',
      component: 'server',
      method: 'POST',
      route: '/events',
      status: 202,
      correlationid: 'flow-1',
      traceparent: TRACEPARENT,
      baggage: { 'user-id': 'u-7', 'request-id': 'r-9' },
    });
  });

  it('can be followed to its last effect, in order of time', async () => {
    const { answer, event } = await post({ 'x-correlation-id': 'flow-2' });
    const trace = await server.get(`/traces/flow-2?after=${answer.json.position}`);
    expect(trace.json).toMatchObject({ correlationId: 'flow-2', events: [event] });
    const consumers = trace.json.steps.map(({ consumer }: { consumer: string }) => consumer);
    expect(consumers).toEqual(expect.arrayContaining(['distribute-yubl', 'add-to-feed']));
    const times = trace.json.steps.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted());
  });

  it('is reported to be longer than what is shown of it', async () => {
    const headers = { 'x-correlation-id': 'long-flow' };
    const body = (count: number) => Array.from({ length: count }, () => joined(objectId((made += 1), 3)));
    const first = await server.post('/events', body(1000), headers);
    const whole = (await server.get(`/traces/long-flow?after=${first.json.position}`)).json;
    expect([whole.events.length, whole.truncated]).toEqual([1000, false]);
    const second = await server.post('/events', body(5), headers);
    const cut = (await server.get(`/traces/long-flow?after=${second.json.position}`)).json;
    expect(cut).toEqual({ ...whole, truncated: true });
  });

  it('keeps two concurrent requests apart', async () => {
    const flows = Array.from({ length: 20 }, (_, index) => `parallel-${index}`);
    const answers = await Promise.all(flows.map((flow) => post({ 'x-correlation-id': flow })));
    expect(answers.map(({ event }) => event.correlationid)).toEqual(flows);
    for (const flow of flows) {
      expect(server.lines.filter(({ correlationid }) => correlationid === flow)).toHaveLength(1);
    }
  });
});

describe('the answer to a request with correlation', () => {
  it.each([
    ["UTF-8''%E2%82%AC", '\u20ac'],
    ["UTF-8''%E6%97%A5%20", '\u65e5 '],
    ["utf-8'de'%F0%9F%8C%BF", '\u{1f33f}'],
    ["UTF-8''a%0D%0Aset-cookie%3A%20x", 'aset-cookie: x'],
    ["UTF-8''UTF-8%27%27x", "UTF-8''x"],
    ['p\u00e4', 'p\u00e4'],
    ['plain', 'plain'],
  ])('has the id %s back, whatever letters it has', async (sent, id) => {
    const { answer, event } = await post({ 'x-correlation-id': sent });
    expect([answer.status, event.correlationid]).toEqual([202, id]);
    expect(answer.headers.get('x-correlation-id')).toMatch(/^[\x20-\x7e]+$/);
    expect(correlationOfHeaders(Object.fromEntries(answer.headers)).correlationid).toBe(id);
    expect((await server.get('/status', { 'x-correlation-id': sent })).status).toBe(200);
  });

  it.each(['order-'.padEnd(300, '1'), 'family-\u{1f469}\u200d\u{1f467}-1', ' a/b?c#d%41+e ', '\u8a9e'.repeat(1000)])(
    'finds the flow of the event %s and of those that it caused',
    async (id) => {
      const begun = joined(objectId((made += 1), 4));
      const next = { ...joined(objectId((made += 1), 4)), correlationid: id, causationid: id };
      await server.post('/events', [{ ...begun, id }]);
      const { json } = await server.post('/events', [next]);
      const trace = await server.get(`/traces/${encodeURIComponent(id)}?after=${json.position}`);
      const events = trace.json.events.map(({ data }: { data: unknown }) => data);
      expect(events).toEqual([begun, next].map((each) => (each as { data: unknown }).data));
      expect(trace.json.correlationId).toBe(id);
    },
  );
});

describe('a request without', () => {
  it('names no flow: its events begin their own', async () => {
    const { answer, event } = await post({});
    expect(answer.headers.has('x-correlation-id')).toBe(false);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(event.correlationid).toBe(event.id);
    expect(event).not.toHaveProperty('baggage');
    const line = server.lines.find(({ requestId }) => requestId === answer.headers.get('x-request-id'));
    expect(line).toMatchObject({ level: 'debug', route: '/events', status: 202 });
    expect(line).not.toHaveProperty('correlationid');
  });

  it('is logged by its route and not by what was looked for', async () => {
    await server.get('/search/users?q=Marguerite');
    await server.get(`/users/${ada}`);
    const routes = server.lines.map(({ route }) => route);
    expect(routes).toEqual(expect.arrayContaining(['/search/users', '/users/:userId']));
    expect(JSON.stringify(server.lines)).not.toContain('Marguerite');
  });
});

it('an unknown flow is not found', async () => {
  const { status, json } = await server.get('/traces/nothing');
  expect([status, json.code]).toEqual([404, 'NOT_FOUND']);
});

describe('metrics', () => {
  it('count requests by route pattern, what came in, and how the projections are', async () => {
    const before = (await server.get('/status')).json;
    await server.post('/events', 'no json for the metrics');
    const { text, headers } = await server.get('/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    expect(value('figtree_http_request_duration_seconds_count{method="GET",route="/users/:userId",status="200"}')).toBe(
      1,
    );
    expect(value('figtree_ingested_total{door="events",outcome="quarantined"}')).toBe(1);
    expect(value('figtree_ingested_total{door="events",outcome="accepted"}')).toBe(made);
    expect(value('figtree_log_head')).toBe(before.head);
    expect(value('figtree_quarantined')).toBe(1);
    for (const { name, parked } of before.projections) {
      expect(value(`figtree_projection_parked{projection="${name}"}`)).toBe(parked);
      expect(value(`figtree_projection_position{projection="${name}"}`)).toBeLessThanOrEqual(before.head);
    }
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(text).not.toContain(ada);
  });
});
