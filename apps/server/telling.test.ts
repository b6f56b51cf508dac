import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRefusalLog } from './refusal-log.ts';
import { joined, objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const KEYS = [
  { name: 'monolith', key: 'the-key-of-the-monolith-which-is-long' },
  { name: 'mobile', key: 'the-key-of-the-mobile-app-which-is-long' },
];
const ada = objectId(0xada);
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ auth: { publishKeys: KEYS, jwt: { secret: SECRET } } });
});
afterAll(() => server.close());

async function bearer(claims: object): Promise<{ authorization: string }> {
  const token = new SignJWT({ exp: inSeconds(60), ...claims }).setProtectedHeader({ alg: 'HS256' });
  return { authorization: `Bearer ${await token.sign(new TextEncoder().encode(SECRET))}` };
}
const [monolith, mobile] = KEYS.map(({ key }) => ({ 'x-api-key': key }));
const foreign = { authorization: `Basic ${btoa('proxy:password')}` };
const lineOf = (answer: { headers: Headers }) =>
  server.lines.find(({ requestId }) => requestId === answer.headers.get('x-request-id'));
const publish = (headers: Record<string, string>) => server.post('/events', joined(objectId(1)), headers);

describe('either of two credentials is enough', () => {
  it.each<[string, Record<string, string>, number]>([
    ['a key beside the credentials of a proxy', { ...monolith, ...foreign }, 202],
    ['a key beside a bearer token that is none', { ...monolith, authorization: 'Bearer nonsense' }, 202],
    [
      'a bearer key beside a key of something else',
      { 'x-api-key': 'foreign', authorization: `Bearer ${KEYS[1]?.key}` },
      202,
    ],
    ['two keys', { ...monolith, authorization: `Bearer ${KEYS[1]?.key}` }, 202],
    [
      'two Authorization headers, of which nobody knows which one counts',
      { authorization: `Bearer ${KEYS[0]?.key}, Bearer ${KEYS[1]?.key}` },
      401,
    ],
    ['two Authorization headers beside a key', { ...monolith, authorization: `Bearer a, Basic b` }, 202],
    ['neither', { 'x-api-key': 'foreign', ...foreign }, 401],
  ])('%s', async (_, headers, status) => {
    expect((await publish(headers)).status).toBe(status);
  });

  it('a token beside a key of something else opens what it opens alone', async () => {
    const user = { 'x-api-key': 'foreign', ...(await bearer({ sub: ada })) };
    const admin = { 'x-api-key': 'foreign', ...(await bearer({ scope: 'admin' })) };
    expect((await server.get(`/feeds/${ada}`, user)).status).toBe(200);
    expect((await server.get('/admin/quarantine', admin)).status).toBe(200);
    expect((await server.get('/events', admin)).status).toBe(200);
    expect((await server.get('/events', { ...monolith, ...user })).status).toBe(403);
  });

  it('a key opens the raw events beside any token', async () => {
    for (const token of [await bearer({ sub: ada }), await bearer({ exp: inSeconds(-60) }), foreign]) {
      expect((await server.get('/events', { ...monolith, ...token })).status).toBe(200);
    }
  });
});

describe('the log names who', () => {
  it('published, by the name of the key', async () => {
    expect(lineOf(await publish(monolith ?? {}))).toMatchObject({ level: 'info', status: 202, publishKey: 'monolith' });
    expect(lineOf(await publish(mobile ?? {}))).toMatchObject({ level: 'info', publishKey: 'mobile' });
    for (const { key } of KEYS) expect(JSON.stringify(server.lines)).not.toContain(key);
  });

  it('did what an administrator does, by their sub, and why if they say so', async () => {
    const admin = await bearer({ sub: 'op-7', scope: 'admin' });
    const done = await server.post('/admin/parked/discard?all=true&reason=Ticket%204711%20%E2%80%AE', '', admin);
    const line = {
      level: 'info',
      route: '/admin/parked/discard',
      status: 200,
      sub: 'op-7',
      reason: 'Ticket 4711 \u202e',
    };
    expect(lineOf(done)).toMatchObject(line);
    const rebuilt = await server.post('/admin/rebuilds', { projections: ['search'], reason: 'index' }, admin);
    expect(lineOf(rebuilt)).toMatchObject({ sub: 'op-7', reason: 'index' });
    const long = await server.post(`/admin/parked/redrive?all=true&reason=${'x'.repeat(501)}`, '', admin);
    expect([long.status, long.json.code]).toEqual([400, 'REQUEST_INVALID']);
    for (const path of ['parked/feed/resume', 'quarantine/1/release', 'projections/feed/rollback']) {
      const answer = await server.post(`/admin/${path}?reason=tried`, '', admin);
      expect(lineOf(answer)).toMatchObject({ level: 'info', sub: 'op-7', reason: 'tried', status: answer.status });
    }
  });

  it('was refused: without a name what proved nothing, with it what proved too little', async () => {
    const nameless = await publish({ 'x-api-key': 'foreign' });
    const refusals = () => server.lines.filter(({ msg }) => msg === 'request refused');
    const line = refusals().find(({ requestId }) => requestId === nameless.headers.get('x-request-id'));
    expect(line).toMatchObject({ level: 'warn', method: 'POST', route: '/events', code: 'UNAUTHENTICATED' });
    expect(line).not.toHaveProperty('sub');
    await server.post('/admin/parked/redrive?all=true', '', await bearer({ sub: ada }));
    expect(refusals().at(-1)).toMatchObject({ code: 'FORBIDDEN', sub: ada, route: '/admin/parked/redrive' });
    expect(JSON.stringify(server.lines)).not.toContain('foreign');
  });

  it('and writes baggage into lines only for those who may do what they ask for', async () => {
    const flow = { 'x-correlation-id': 'shouted', baggage: 'severity=CRITICAL,message=leaked,debug-log-enabled=true' };
    const before = server.lines.length;
    await publish(flow);
    await server.get('/status', flow);
    await server.post('/nothing', '', flow);
    expect(JSON.stringify(server.lines.slice(before))).not.toContain('CRITICAL');
    const { baggage, severity } = lineOf(await publish({ ...monolith, ...flow })) ?? {};
    expect([baggage, severity]).toEqual([
      { severity: 'CRITICAL', message: 'leaked', 'debug-log-enabled': 'true' },
      undefined,
    ]);
  });
});

it('a flood of refusals is logged in few lines, with a count of the others', async () => {
  const lines: [Record<string, unknown>, string][] = [];
  const logRefusal = openRefusalLog(
    { warn: (details, text) => void lines.push([details, text]) },
    { windowMs: 20, linesMax: 3 },
  );
  for (let count = 0; count < 100; count += 1) logRefusal(() => ({ count }));
  expect(lines.map(([{ count }]) => count)).toEqual([0, 1, 2]);
  await expect.poll(() => lines.at(-1)).toEqual([{ leftOut: 97, windowMs: 20 }, 'more requests refused']);
  logRefusal(() => ({ count: 'again' }));
  expect(lines.at(-1)?.[0]).toEqual({ count: 'again' });
});

it('a live tail ends with the token that it was opened with', async () => {
  const endless = await bearer({ sub: 'op', scope: 'admin', exp: 1e12 });
  const aborted = new AbortController();
  const open = await fetch(`${server.url}/events/stream`, { headers: endless, signal: aborted.signal });
  const short = await bearer({ sub: 'op', scope: 'admin', exp: inSeconds(2) });
  const response = await fetch(`${server.url}/events/stream`, { headers: short });
  expect(await response.text()).toMatch(/^retry: /);
  const reader = open.body?.getReader();
  await reader?.read();
  await publish(monolith ?? {});
  const later = await server.post('/events', joined(objectId(77)), monolith);
  expect(later.status).toBe(202);
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('data: ');
  aborted.abort();
});
