import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joined, objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const ada = objectId(0xada);
const bob = objectId(0xb0b);
const PUBLISH_KEY = 'a-long-publish-key';
const ISSUER = 'https://id.example.org/';
const AUDIENCE = 'figtree';

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const valid = (claims: JWTPayload) => ({ exp: inSeconds(600), iss: ISSUER, aud: AUDIENCE, ...claims });
const sign = (payload: JWTPayload, { secret = SECRET, alg = 'HS256' } = {}) =>
  new SignJWT(valid(payload)).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const reading = [`/users/${ada}`, `/users/${ada}/followers`, `/search/users?q=a`, '/status', '/health', '/metrics'];

describe('with keys', () => {
  let server: TestServer;
  beforeAll(async () => {
    const publishKeys = [
      { name: 'monolith', key: PUBLISH_KEY },
      { name: 'mobile', key: 'another-key' },
      { name: 'shop', key: 'key-of-the-shop', sourcePrefix: 'urn:example:shop:' },
    ];
    server = await openTestServer({ auth: { publishKeys, jwt: { secret: SECRET } } });
    await server.publish(joined(ada));
  });
  afterAll(() => server.close());

  const statusOf = async (path: string, headers?: Record<string, string>) => (await server.get(path, headers)).status;
  const publish = async (headers?: Record<string, string>) =>
    (await server.post('/events', joined(objectId(1)), headers)).status;

  it.each(reading)('%s stays open', async (path) => {
    expect(await statusOf(path)).toBe(200);
  });

  it('publishing needs a publish key, in either header', async () => {
    expect(await publish({ 'x-api-key': PUBLISH_KEY })).toBe(202);
    expect(await publish(bearer('another-key'))).toBe(202);
    expect(await publish({ authorization: `bearer ${PUBLISH_KEY}` })).toBe(202);
    const changes = await server.post('/legacy/changes', '[]', { 'x-api-key': PUBLISH_KEY });
    expect(changes.status).toBe(202);
  });

  it('a key that is tied to a source publishes from there alone', async () => {
    const from = async (source: string, key = 'key-of-the-shop', path = '/events') => {
      const { json } = await server.post(path, { ...joined(objectId(3)), source }, { 'x-api-key': key });
      return json.problems.map(({ code }: { code: string }) => code);
    };
    expect(await from('urn:example:shop:till')).toEqual([]);
    expect(await from('urn:example:shopping')).toEqual(['SOURCE_FORBIDDEN']);
    expect(await from('urn:yubl:monolith')).toEqual(['SOURCE_FORBIDDEN']);
    expect(await from('urn:example:shop:till', 'key-of-the-shop', '/legacy/changes')).toEqual(['SOURCE_FORBIDDEN']);
    for (const key of ['key-of-the-shop', PUBLISH_KEY])
      expect(await from('urn:figtree:x', key)).toEqual(['SOURCE_RESERVED']);
  });

  it.each([
    {},
    { 'x-api-key': '' },
    { 'x-api-key': PUBLISH_KEY.slice(0, -1) },
    { 'x-api-key': `${PUBLISH_KEY}x` },
    { 'x-api-key': 'monolith' },
    { authorization: PUBLISH_KEY },
    { authorization: `Basic ${PUBLISH_KEY}` },
  ])('publishing with %j is refused, and nothing is taken', async (headers: Record<string, string>) => {
    const head = await server.engine.log.head();
    for (const path of ['/events', '/legacy/changes']) {
      const answer = await server.post(path, joined(objectId(2)), headers);
      expect([answer.status, answer.json.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    }
    expect(await server.engine.log.head()).toBe(head);
  });

  it('no token publishes, not even the administrator’s', async () => {
    expect(await publish(bearer(await sign({ sub: ada, scope: 'admin' })))).toBe(401);
  });

  it('refuses a caller without permission to publish before the body is read', async () => {
    const answer = await server.post('/events', 'x'.repeat(9 * 1024 * 1024));
    expect(answer.status).toBe(401);
  });

  it('a feed is for its user alone', async () => {
    const token = await sign({ sub: ada, exp: inSeconds(60) });
    expect(await statusOf(`/feeds/${ada}`, bearer(token))).toBe(200);
    expect(await statusOf(`/feeds/${ada.toUpperCase()}`, bearer(token))).toBe(200);
    expect(await statusOf(`/feeds/${ada}`, bearer(await sign({ sub: ada.toUpperCase() })))).toBe(200);
    const other = await server.get(`/feeds/${bob}`, bearer(token));
    expect([other.status, other.json.code]).toEqual([403, 'FORBIDDEN']);
    expect(await statusOf(`/feeds/${ada}`, bearer(await sign({ sub: bob, scope: 'admin' })))).toBe(403);
    expect(await statusOf(`/feeds/${ada}`, bearer(await sign({})))).toBe(403);
    expect(await statusOf(`/feeds/${ada}`, { 'x-api-key': PUBLISH_KEY })).toBe(401);
    expect(await statusOf(`/feeds/${ada}`, bearer(PUBLISH_KEY))).toBe(401);
  });

  it('asks who it is before it looks at the rest of a request', async () => {
    expect(await statusOf(`/feeds/${ada}?limit=none`)).toBe(401);
    expect(await statusOf('/events?type=none')).toBe(401);
  });

  it.each([
    ['none', () => undefined],
    ['no JWT', () => 'abc.def.ghi'],
    ['signed by somebody else', () => sign({ sub: ada }, { secret: 'x'.repeat(64) })],
    ['of another algorithm', () => sign({ sub: ada }, { alg: 'HS512' })],
    ['not signed at all', () => new UnsecuredJWT(valid({ sub: ada })).encode()],
    ['expired', () => sign({ sub: ada, exp: inSeconds(-60) })],
    ['of the future', () => sign({ sub: ada, nbf: inSeconds(60) })],
    [
      'changed',
      async () => (await sign({ sub: bob })).replace(/\.[^.]+\./, `.${btoa(JSON.stringify(valid({ sub: ada })))}.`),
    ],
  ])('a token that is %s opens no feed', async (_what, make) => {
    const token = await make();
    const answer = await server.get(`/feeds/${ada}`, token === undefined ? {} : bearer(token));
    expect([answer.status, answer.json.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it.each([
    [{ scope: 'admin' }, 200],
    [{ scope: 'read admin write' }, 200],
    [{ scope: ['read', 'admin'] }, 200],
    [{ scope: 'administrator' }, 403],
    [{ scope: ['admin write'] }, 403],
    [{ scope: { admin: true } }, 403],
    [{}, 403],
  ])('a token with %j gets %i from /admin and from the raw events', async (claims, status) => {
    const token = bearer(await sign(claims));
    expect(await statusOf('/admin/quarantine', token)).toBe(status);
    expect(await statusOf('/events', token)).toBe(status);
    expect(await statusOf('/traces/none', token)).toBe(status === 200 ? 404 : status);
    expect(await statusOf('/events/stream?from=x', token)).toBe(status === 200 ? 400 : status);
  });

  it('a publish key opens the raw events and not /admin', async () => {
    const key = { 'x-api-key': PUBLISH_KEY };
    expect(await statusOf('/events', key)).toBe(200);
    expect(await statusOf('/traces/none', bearer(PUBLISH_KEY))).toBe(404);
    expect(await statusOf('/admin/quarantine', key)).toBe(401);
    expect(await statusOf('/admin/quarantine', bearer(PUBLISH_KEY))).toBe(401);
    expect(await statusOf('/events')).toBe(401);
    expect((await server.post('/admin/quarantine/1/release', '', key)).status).toBe(401);
  });
});

describe('with the keys behind a URL', () => {
  const named = async (publicKey: CryptoKey, kid: string) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' });

  /** A server whose key server returns `keys`. */
  async function withKeys(keys: unknown, look: (server: TestServer) => Promise<void>): Promise<void> {
    const keyServer = createServer((_request, response) => response.end(JSON.stringify(keys)));
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    const jwksUrl = new URL(`http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks.json`);
    const server = await openTestServer({
      auth: { publishKeys: [], jwt: { jwksUrl, issuer: ISSUER, audience: AUDIENCE } },
    });
    try {
      await look(server);
    } finally {
      keyServer.close();
      await server.close();
    }
  }

  it('takes a token that one of them signed, and none that was made of a public key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const published = { ...(await named(publicKey, 'k1')), alg: 'ES256' };
    const signed = (kid: string) =>
      new SignJWT(valid({ sub: ada })).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    await withKeys({ keys: [published] }, async (server) => {
      expect((await server.get(`/feeds/${ada}`, bearer(await signed('k1')))).status).toBe(200);
      expect((await server.get(`/feeds/${ada}`, bearer(await signed('k2')))).status).toBe(401);
      const confused = await sign({ sub: ada }, { secret: JSON.stringify(published) });
      expect((await server.get(`/feeds/${ada}`, bearer(confused))).status).toBe(401);
      expect((await server.post('/events', joined(ada))).status).toBe(401);
    });
  });

  it('while keys are changed, takes a token that names none of them by whichever signed it', async () => {
    const [old, young, stranger] = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256')));
    if (!old || !young || !stranger) throw new Error('no keys');
    const keys = [await named(old.publicKey, 'old'), await named(young.publicKey, 'young')];
    await withKeys({ keys }, async (server) => {
      const statusOf = async ({ privateKey }: typeof old, payload: JWTPayload) => {
        const token = await new SignJWT(valid(payload)).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
        return (await server.get(`/feeds/${ada}`, bearer(token))).status;
      };
      expect(await statusOf(old, { sub: ada })).toBe(200);
      expect(await statusOf(young, { sub: ada })).toBe(200);
      expect(await statusOf(young, { sub: bob })).toBe(403);
      expect(await statusOf(young, { sub: ada, exp: inSeconds(-60) })).toBe(401);
      expect(await statusOf(stranger, { sub: ada })).toBe(401);
    });
  });

  it.each([
    ['answers nothing of use', { no: 'keys' }],
    ['publishes a broken key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'k' }] }],
    ['is not there', undefined],
  ])('does not take it for the client’s fault if the key server %s', async (_what, keys) => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT(valid({ sub: ada }))
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(privateKey);
    async function look(server: TestServer): Promise<void> {
      const { status, json, headers } = await server.get(`/feeds/${ada}`, bearer(token));
      expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'KEY_SERVER_UNAVAILABLE', '5']);
      const lines = server.lines.filter(({ level }) => level === 'warn' || level === 'error');
      expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['keys of FIGTREE_JWKS_URL are unavailable']));
      expect(JSON.stringify(lines)).not.toContain('stack');
      expect(json.detail).not.toContain('127.0.0.1');
    }
    if (keys !== undefined) return withKeys(keys, look);
    const server = await openTestServer({
      auth: {
        publishKeys: [],
        jwt: { jwksUrl: new URL('http://127.0.0.1:1/jwks.json'), issuer: ISSUER, audience: AUDIENCE },
      },
    });
    try {
      await look(server);
    } finally {
      await server.close();
    }
  });
});

describe('without keys', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await openTestServer();
  });
  afterAll(() => server.close());

  it.each([...reading, `/feeds/${ada}`, '/events', '/admin/quarantine'])('%s is open', async (path) => {
    const { status } = await server.get(path);
    expect(status).toBe(path === `/users/${ada}` ? 404 : 200);
  });
});
