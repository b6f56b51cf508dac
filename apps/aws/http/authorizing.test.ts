import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import * as fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { openLogger } from '../../logger.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import { addFeedRoutes } from '../../server/routes/feed-routes.ts';
import { authorizedAccess, authorizer, type AuthorizerRequest } from './authorizing.ts';
import { httpFunction } from './http-function.ts';
import { liveFeedReader } from './live-readers.ts';
import { withoutPositions } from './without-positions.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const ADA = '56cab268fd9255c263d2e00e';
const authorize = authorizer({ publishKeys: [], jwt: { secret: SECRET } });
// 2100 in seconds: far from expiring, whatever day it is.
const EXP = 4_102_444_800;
const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:123456789012:abcdef/prod/GET/feeds/one';

async function tokenOf(claims: Record<string, unknown>, secret = SECRET): Promise<string> {
  return `Bearer ${await new SignJWT({ exp: EXP, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))}`;
}

describe('the shared authorizer', () => {
  test('understands what API Gateway sends', () => {
    expectTypeOf<APIGatewayRequestAuthorizerEventV2>().toExtend<AuthorizerRequest>();
    expectTypeOf<APIGatewayRequestAuthorizerEvent>().toExtend<AuthorizerRequest>();
  });

  test('answers an HTTP API with who the token speaks for', async () => {
    const authorization = await tokenOf({ sub: ADA.toUpperCase(), scope: 'admin read' });
    const context = { userId: ADA, scopes: 'admin read', expiresAt: `${EXP}000` };
    expect(await authorize({ version: '2.0', headers: { Authorization: authorization } })).toEqual({
      isAuthorized: true,
      context,
    });
  });

  test.each([
    ['no headers', null],
    ['no token', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['no JWT', { authorization: 'Bearer abc' }],
  ])('refuses %s', async (_what, headers) => {
    expect(await authorize({ version: '2.0', headers })).toEqual({ isAuthorized: false });
    await expect(authorize({ methodArn: METHOD_ARN, headers })).rejects.toThrow(/^Unauthorized$/);
  });

  test('refuses a token of another key, and one that has expired', async () => {
    const foreign = await tokenOf({ sub: ADA }, 'another secret of more than thirty-two bytes');
    const expired = await tokenOf({ sub: ADA, exp: 1_000_000 });
    for (const authorization of [foreign, expired]) {
      expect(await authorize({ version: '2.0', headers: { authorization } })).toEqual({ isAuthorized: false });
    }
  });

  test('refuses a token without a user', async () => {
    const headers = { authorization: await tokenOf({ scope: 'admin' }) };
    expect(await authorize({ version: '2.0', headers })).toEqual({ isAuthorized: false });
    await expect(authorize({ methodArn: METHOD_ARN, headers })).rejects.toThrow(/^Unauthorized$/);
  });

  test.each([
    ['without a way to check tokens', { publishKeys: [{ name: 'm', key: SECRET }] }, 'AUTH_REQUIRED'],
    ['with a secret of a few bytes', { publishKeys: [], jwt: { secret: 'x'.repeat(31) } }, 'CONFIG_INVALID'],
    [
      'with a publish key of one letter',
      { publishKeys: [{ name: 'm', key: '1' }], jwt: { secret: SECRET } },
      'CONFIG_INVALID',
    ],
  ])('does not start %s', (_what, auth, code) => {
    expect(() => authorizer(auth)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/FIGTREE_/) }),
    );
  });

  test('answers whatever comes with a refusal, and with nothing else', async () => {
    const header = fc.oneof(
      fc.string(),
      fc.anything(),
      fc.string().map((token) => `Bearer ${token}`),
    );
    const headers = fc.oneof(fc.record({ authorization: header }), fc.dictionary(fc.string(), header), fc.anything());
    const requests = fc.oneof(
      fc.record({ version: fc.constant('2.0'), headers }),
      fc.record({ methodArn: fc.anything(), headers }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(requests, fc.anything()), async (request) => {
        const answer = await authorize(request as AuthorizerRequest).catch((error: Error) => error.message);
        expect([{ isAuthorized: false }, 'Unauthorized']).toContainEqual(answer);
      }),
      { numRuns: randomRuns(300) },
    );
  });

  test('lets a token into all routes of a REST API, because the answer is kept for the token', async () => {
    const headers = { authorization: await tokenOf({ sub: ADA }) };
    expect(await authorize({ methodArn: METHOD_ARN, headers })).toMatchObject({
      principalId: ADA,
      policyDocument: {
        Statement: [{ Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-west-1:123456789012:abcdef/prod/*' }],
      },
    });
  });
});

describe('the feed function behind it', () => {
  const feeds = liveFeedReader(() => Promise.resolve(emptyFeeds));
  const emptyFeeds = { feedText: () => Promise.resolve({ items: '[]' }) } as unknown as FeedReader;
  const log = openLogger({ level: 'silent', destination: 1 });
  const handler = httpFunction({
    access: authorizedAccess,
    log,
    routes: (app) => addFeedRoutes(app, { access: authorizedAccess, engine: { feeds, progress: withoutPositions } }),
  });

  const ask = async (authorizerContext: unknown, query = '') => {
    const http = { method: 'GET', path: `/feeds/${ADA}`, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' };
    const requestContext = { http, domainName: 'feed.example', authorizer: authorizerContext };
    const event = { version: '2.0', routeKey: '$default', rawPath: http.path, rawQueryString: query, headers: {} };
    return handler({ ...event, body: null, isBase64Encoded: false, requestContext });
  };

  test('serves a feed to its user and to no others', async () => {
    expect(await ask({ lambda: { userId: ADA, scopes: '' } })).toMatchObject({
      statusCode: 200,
      body: '{"items":[],"next":null}',
    });
    expect(await ask({ userId: ADA })).toMatchObject({ statusCode: 200 });
    expect(await ask({ lambda: { userId: ADA.replace('5', '6') } })).toMatchObject({ statusCode: 403 });
    for (const nobody of [undefined, {}, { lambda: {} }, { lambda: { userId: '' } }]) {
      expect(await ask(nobody), JSON.stringify(nobody)).toMatchObject({ statusCode: 401 });
    }
  });

  test('forgets a user when the token ends, however long the answer of the authorizer is kept', async () => {
    const later = { userId: ADA, scopes: '', expiresAt: `${EXP}000` };
    expect(await ask({ lambda: later })).toMatchObject({ statusCode: 200 });
    for (const expiresAt of ['1000000000000', 1_000_000_000_000, 'soon', null]) {
      expect(await ask({ lambda: { ...later, expiresAt } }), String(expiresAt)).toMatchObject({ statusCode: 401 });
      expect(await ask({ ...later, expiresAt }), String(expiresAt)).toMatchObject({ statusCode: 401 });
    }
  });

  test('says that a stream has no positions to wait for', async () => {
    expect(await ask({ lambda: { userId: ADA } }, 'after=0')).toMatchObject({ statusCode: 200 });
    const answer = await ask({ lambda: { userId: ADA } }, 'after=17');
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
