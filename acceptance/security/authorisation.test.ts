import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../apps/config.ts';
import { openLogger } from '../../apps/logger.ts';
import { createApp } from '../../apps/server/app.ts';
import { event, openTestServer, type TestServer } from '../../testing/server/test-server.ts';
import {
  ADA,
  AUDIENCE,
  BOB,
  type Credential,
  ISSUER,
  keySet,
  OTHER_PUBLISH_KEY,
  publicKeyCredentials,
  PUBLISH_KEY,
  SECRET,
  sharedSecretCredentials,
} from './credentials.ts';
import { declaredSecurity, type Route, routesOf, ruleOf, verdictOf } from './open-routes.ts';
import { drawSite } from '../../apps/embedded/catalog/drawn-site.ts';
import { type HttpClient, openHttpClient } from './requests.ts';

// Permissions: every documented route, requested with every kind of credential.

const keys = {
  FIGTREE_PUBLISH_KEYS: `monolith:${PUBLISH_KEY},mobile:${OTHER_PUBLISH_KEY}`,
  FIGTREE_JWT_ISSUER: ISSUER,
  FIGTREE_JWT_AUDIENCE: AUDIENCE,
};

const inPath: Readonly<Record<string, string>> = { userId: ADA, otherId: BOB, name: 'feed', projection: 'feed' };
const filled = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => inPath[name] ?? '1');

/** The paths of a route; one may also match another route. */
const patternOf = ({ path }: Route) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

interface Asking {
  readonly server: TestServer;
  readonly client: HttpClient;
  readonly routes: readonly Route[];
}

async function openAsking(variables: Readonly<Record<string, string>>): Promise<Asking> {
  const server = await openTestServer({ auth: parseConfig({ ...keys, ...variables }).auth });
  return { server, client: openHttpClient(server.url), routes: routesOf((await server.get('/openapi.json')).json) };
}

async function closeAsking({ server, client }: Asking): Promise<void> {
  client.close();
  await server.close();
}

/** Where the responses differ from the rules, as `GET /x: 200, not 401`. */
async function breaches(asking: Asking, credential: Credential): Promise<string[]> {
  const found = await Promise.all(asking.routes.map((route) => breachesAt(route, asking, credential)));
  return found.flat();
}

async function breachesAt(route: Route, { client }: Asking, { headers, query, proof }: Credential): Promise<string[]> {
  const rule = ruleOf(route);
  if (rule === undefined) return [];
  const expected = verdictOf(rule, proof, ADA);
  const path = filled(route.path) + (query === undefined ? '' : `?${query}`);
  const found: string[] = [];
  for (const method of route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]) {
    const body = method === 'POST' ? { body: bodyFor(route.path) } : {};
    const { status } = await client.ask({ method, path, headers, ...body });
    const asExpected = expected === 'past' ? status !== 401 && status !== 403 && status < 500 : status === expected;
    if (!asExpected) found.push(`${method} ${route.path}: ${status}, not ${expected}`);
  }
  return found;
}

function bodyFor(path: string): string {
  if (path !== '/events') return path === '/legacy/changes' ? '[]' : '';
  const ids = { relationshipId: ADA, followerId: ADA, followeeId: BOB };
  return JSON.stringify(event('followed', { ...ids, followedAt: '2020-01-01T00:00:00.000Z' }));
}

describe('with a shared secret', () => {
  const credentials = sharedSecretCredentials();
  let asking: Asking;
  beforeAll(async () => void (asking = await openAsking({ FIGTREE_JWT_SECRET: SECRET })));
  afterAll(() => closeAsking(asking));

  test('there are at least 37 kinds of credentials, of different names', () => {
    expect(new Set(credentials.map(({ name }) => name)).size).toBe(credentials.length);
    expect(credentials.length).toBeGreaterThanOrEqual(37);
  });

  test('every route of the document has a rule, and says so itself', () => {
    expect(asking.routes.length).toBeGreaterThan(30);
    for (const route of asking.routes) {
      const rule = ruleOf(route);
      expect(rule, `${route.method} ${route.path} has no rule: add it to open-routes.ts`).toBeDefined();
      if (rule !== undefined) expect(route.security, `${route.method} ${route.path}`).toEqual(declaredSecurity[rule]);
    }
  });

  test('no route is hidden from the document but the files of the catalog', async () => {
    const log = openLogger({ level: 'silent', destination: 1 });
    const app = await createApp({
      engine: asking.server.engine,
      config: { auth: parseConfig({ ...keys, FIGTREE_JWT_SECRET: SECRET }).auth },
      log,
      drawSite,
    });
    const named = new Set(asking.routes.map(({ method, path }) => `${method} ${path}`));
    const registered = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const hidden = [...new Set(registered)].filter((name) => !named.has(name));
    expect(hidden.toSorted()).toEqual(['GET /catalog/', 'GET /catalog/*']);
  });

  for (const credential of credentials) {
    test(`${credential.name}: every route answers by its rule`, async () => {
      const before = await asking.server.engine.log.head();
      expect(await breaches(asking, credential)).toEqual([]);
      // Refused input is not stored either.
      expect((await asking.server.engine.log.head()) - before).toBe(credential.proof.publishes ? 1 : 0);
    });
  }

  test('a method that a path has not is refused with those it has, for every caller', async () => {
    const all = credentials.filter(({ name }) => name === 'none' || name === 'an administrator');
    for (const path of new Set(asking.routes.map((route) => filled(route.path)))) {
      const methods = new Set(asking.routes.filter((route) => patternOf(route).test(path)).map(({ method }) => method));
      const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].toSorted();
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        if (allow.includes(method)) continue;
        for (const { headers } of all) {
          const answer = await asking.client.ask({ method, path, headers });
          expect([method, path, answer.status, answer.headers.allow]).toEqual([method, path, 405, allow.join(', ')]);
        }
      }
    }
  });

  test('a path that is written otherwise gets past no rule', async () => {
    const guarded = asking.routes.filter((route) => ruleOf(route) !== 'open');
    const none = credentials.filter(({ name }) => name === 'none' || name === 'another user');
    for (const route of guarded) {
      const { method, path } = route;
      const rule = ruleOf(route);
      for (const written of otherwise(filled(path))) {
        for (const { name, headers, proof } of none) {
          if (rule !== undefined && verdictOf(rule, proof, ADA) === 'past') continue;
          const answer = await asking.client.ask({ method, path: written, headers });
          expect([400, 401, 403, 404, 405], `${method} ${written} with ${name}`).toContain(answer.status);
        }
      }
    }
  });
});

/** The same path in other spellings, in the hope that it is compared with less care than it is routed. */
function otherwise(path: string): string[] {
  const [, first = ''] = path.split('/');
  const rest = path.slice(first.length + 1);
  const hex = first.charCodeAt(0).toString(16);
  return [
    `/${path}`,
    `${path}/`,
    `/.${path}`,
    `/x/..${path}`,
    `/catalog/..${path}`,
    `/catalog/%2e%2e${path}`,
    `/${first.toUpperCase()}${rest}`,
    `/%${hex}${first.slice(1)}${rest}`,
    `/${first}${rest.replaceAll('/', '%2f')}`,
    `/${first}${rest.replaceAll('/', '\\')}`,
    `${path};x=1`,
    `${path}%00`,
    `${path}.json`,
    `http://127.0.0.1${path}`,
  ];
}

describe('with public keys behind a URL', () => {
  const keyServer = createServer((_request, response) => response.end(JSON.stringify(keySet)));
  let asking: Asking;
  beforeAll(async () => {
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    const { port } = keyServer.address() as AddressInfo;
    asking = await openAsking({ FIGTREE_JWKS_URL: `http://127.0.0.1:${port}/keys.json` });
  });
  afterAll(async () => {
    await closeAsking(asking);
    keyServer.closeAllConnections();
    keyServer.close();
  });

  for (const credential of publicKeyCredentials()) {
    test(`${credential.name}: every route answers by its rule`, async () => {
      expect(await breaches(asking, credential)).toEqual([]);
    });
  }
});
