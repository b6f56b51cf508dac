import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import * as fc from 'fast-check';
import type { Context } from 'hono';
import { describe, expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { openLogger } from '../../logger.ts';
import { openAccess } from '../../server/access.ts';
import type { ServerApp } from '../../server/env.ts';
import { httpFunction, openToAll } from './http-function.ts';

const log = openLogger({ level: 'silent', destination: 1 });

/** Responds with the request that a route received. */
function addEchoRoutes(app: ServerApp): void {
  const echo = (route: string) => (c: Context) =>
    c.json({ route, id: c.req.param('id'), q: c.req.queries('q') ?? [], one: c.req.header('x-one') ?? null });
  app.get('/search/users', echo('search'));
  app.get('/users/:id', echo('user'));
  app.get('/users/:id/yubls', echo('yubls'));
  app.post('/events', async (c) => c.json({ route: 'events', body: await c.req.text() }));
}

const handler = httpFunction({ access: openToAll, log, routes: addEchoRoutes });
const asked = async (event: unknown) => {
  const answer = await handler(event);
  return answer.statusCode === 200 ? (JSON.parse(answer.body) as { route: string; id?: string; q: string[] }) : answer;
};

interface Wanted {
  readonly path: string;
  readonly stage?: string;
  readonly query?: string;
  readonly domainName?: string;
  readonly more?: object;
}

const OWN_DOMAIN = 'abc123.execute-api.eu-west-1.amazonaws.com';

/** Payload 2.0. */
function httpApi({ path, stage = '$default', query = '', domainName = OWN_DOMAIN, more }: Wanted) {
  const http = { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'x' };
  const event = { version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query, headers: {} };
  const requestContext = { stage, http, domainName };
  return { ...event, requestContext, isBase64Encoded: false, ...more } as unknown as APIGatewayProxyEventV2;
}

/** Payload 1.0: of a REST API, or of an HTTP API that is configured for it. */
function restApi({ path, stage = 'prod', domainName = OWN_DOMAIN, more }: Wanted, contextPath = `/${stage}${path}`) {
  const requestContext = { stage, path: contextPath, domainName, httpMethod: 'GET', resourcePath: '/{proxy+}' };
  const event = { resource: '/{proxy+}', path, httpMethod: 'GET', headers: null, multiValueHeaders: null, body: null };
  const nothing = { queryStringParameters: null, multiValueQueryStringParameters: null, pathParameters: null };
  return { ...event, ...nothing, requestContext, isBase64Encoded: false, ...more } as unknown as APIGatewayProxyEvent;
}

function loadBalancer({ path, more }: Wanted) {
  const requestContext = { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b' } };
  const event = { requestContext, httpMethod: 'GET', path, queryStringParameters: {}, headers: {}, body: '' };
  return { ...event, isBase64Encoded: false, ...more } as ALBEvent;
}

describe('a function behind an HTTP API finds its route', () => {
  test.each([
    ['without a stage in the path', httpApi({ path: '/search/users' }), 'search'],
    ['behind a named stage', httpApi({ path: '/prod/search/users', stage: 'prod' }), 'search'],
    ['behind a stage of its first segment', httpApi({ path: '/search/search/users', stage: 'search' }), 'search'],
    ['behind a stage users', httpApi({ path: '/users/users/yubls', stage: 'users' }), 'user'],
    ['where the stage is not in the path', httpApi({ path: '/search/users', stage: 'search' }), 'search'],
    [
      'on a custom domain, whose events have the stage in them',
      httpApi({ path: '/prod/users/a', stage: 'prod', domainName: 'api.example' }),
      'user',
    ],
    ['behind a base path', httpApi({ path: '/v1/users/a', stage: 'prod', domainName: 'api.example' }), 'user'],
    ['behind two', httpApi({ path: '/figs/v1/users/a/yubls', domainName: 'api.example' }), 'yubls'],
    ['in payload 1.0', restApi({ path: '/prod/users/a' }, '/prod/users/a'), 'user'],
    [
      'by the route that was taken',
      httpApi({
        path: '/users/users/a',
        stage: 'users',
        more: { routeKey: 'GET /users/{id}', pathParameters: { id: 'a' } },
      }),
      'user',
    ],
  ])('%s', async (_what, event, route) => {
    expect(await asked(event)).toMatchObject({ route });
  });

  test('and none that only looks like it', async () => {
    for (const path of ['/production/search/users', '/prodsearch/users', '/prod/nothing', '/prod', '/prod/', '/']) {
      expect(await asked(httpApi({ path, stage: 'prod' })), path).toMatchObject({ statusCode: 404 });
    }
    expect(await asked(httpApi({ path: '/v1/search/users' }))).toMatchObject({ statusCode: 404 });
  });
});

describe('a function behind a REST API finds its route', () => {
  test.each([
    ['by its own address', restApi({ path: '/search/users' }), 'search'],
    ['with a stage of its first segment', restApi({ path: '/users/users', stage: 'users' }), 'user'],
    [
      'behind the base path of a custom domain',
      restApi({ path: '/v1/users/a', domainName: 'api.example' }, '/v1/users/a'),
      'user',
    ],
    [
      'behind a mapping without a stage',
      restApi({ path: '/v1/prod/users/a', domainName: 'api.example' }, '/v1/prod/users/a'),
      'user',
    ],
    [
      'by the route that was taken, behind a base path of the same name',
      restApi(
        {
          path: '/users/users/a',
          domainName: 'api.example',
          more: { resource: '/users/{id}', pathParameters: { id: 'a' } },
        },
        '/users/users/a',
      ),
      'user',
    ],
  ])('%s', async (_what, event, route) => {
    expect(await asked(event)).toMatchObject({ route });
  });
});

describe('a function behind a load balancer', () => {
  test('takes paths as they are', async () => {
    expect(await asked(loadBalancer({ path: '/search/users' }))).toMatchObject({ route: 'search' });
    expect(await asked(loadBalancer({ path: '/prod/search/users' }))).toMatchObject({ statusCode: 404 });
  });

  test('answers in the form that it was asked in', async () => {
    const answer = await handler(loadBalancer({ path: '/users/a', more: { multiValueHeaders: { 'x-one': ['1'] } } }));
    expect(answer.multiValueHeaders?.['content-type']).toEqual(['application/json']);
    expect(answer.headers).toBeUndefined();
    expect((await handler(loadBalancer({ path: '/users/a' }))).headers).toMatchObject({ 'cache-control': 'no-store' });
  });
});

describe('what a request says comes through', () => {
  test('parameters that are given more than once', async () => {
    const q = ['a b', 'ä&=?#%'];
    const asIs = q.map((value) => `q=${encodeURIComponent(value)}`).join('&');
    expect(await asked(httpApi({ path: '/search/users', query: asIs }))).toMatchObject({ q });
    expect(
      await asked(restApi({ path: '/search/users', more: { multiValueQueryStringParameters: { q } } })),
    ).toMatchObject({ q });
    const encoded = { q: q.map(encodeURIComponent) };
    expect(
      await asked(loadBalancer({ path: '/search/users', more: { multiValueQueryStringParameters: encoded } })),
    ).toMatchObject({ q });
    const once = { queryStringParameters: { q: 'x' } };
    expect(await asked(restApi({ path: '/search/users', more: once }))).toMatchObject({ q: ['x'] });
  });

  test('ids that are percent-encoded, and those that the gateway has decoded', async () => {
    const id = 'a?b#c\\d%e f\u00e4';
    expect(await asked(httpApi({ path: `/users/${encodeURIComponent(id)}` }))).toMatchObject({ id });
    expect(await asked(httpApi({ path: `/prod/users/${id}`, stage: 'prod' }))).toMatchObject({ id });
    expect(await asked(httpApi({ path: '/users/a%2Fb' }))).toMatchObject({ route: 'user', id: 'a/b' });
  });

  test('headers with several values', async () => {
    const more = { multiValueHeaders: { 'X-One': ['1', '2'] }, headers: { 'x-one': '2' } };
    expect(await asked(restApi({ path: '/users/a', more }))).toMatchObject({ one: '1, 2' });
    expect(await asked(httpApi({ path: '/users/a', more: { headers: { 'X-One': '1,2' } } }))).toMatchObject({
      one: '1,2',
    });
  });

  test('a body as text and in base64', async () => {
    const post = { httpMethod: 'POST', body: '{"a":"\u00e4"}' };
    expect(await asked(loadBalancer({ path: '/events', more: post }))).toMatchObject({ body: post.body });
    const base64 = { ...post, body: Buffer.from(post.body).toString('base64'), isBase64Encoded: true };
    expect(await asked(loadBalancer({ path: '/events', more: base64 }))).toMatchObject({ body: post.body });
  });

  test('a GET with a body, which is not read', async () => {
    expect(await asked(loadBalancer({ path: '/users/a', more: { body: 'x' } }))).toMatchObject({ route: 'user' });
  });
});

describe('a function that is reached over HTTP', () => {
  test('does not start with the access of a server on the loopback', () => {
    const access = openAccess({ publishKeys: [] });
    expect(() => httpFunction({ access, log, routes: addEchoRoutes })).toThrow(
      expect.objectContaining({ code: 'AUTH_REQUIRED' }),
    );
  });

  test.each([[undefined], [null], ['text'], [7], [[]], [{}], [{ source: 'aws.events' }], [{ Records: [] }]])(
    'answers %j as no request',
    async (event) => {
      const answer = await handler(event);
      expect(answer.statusCode).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_INVALID' });
    },
  );

  test('never rejects and never blames itself, whatever comes', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 30 });
    const anything = fc.anything({ maxDepth: 2 });
    const paths = fc.oneof(
      texts,
      texts.map((text) => `/users/${text}`),
      texts.map((text) => `/prod/search/users${text}`),
    );
    const headers = fc.oneof(fc.dictionary(texts, fc.oneof(texts, anything)), anything);
    const lists = fc.oneof(fc.dictionary(texts, fc.oneof(fc.array(texts), anything)), anything);
    const context = fc.record(
      { stage: fc.oneof(fc.constant('prod'), texts, anything), domainName: fc.oneof(texts, anything) },
      { requiredKeys: [] },
    );
    const methods = fc.constantFrom('GET', 'get', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'a b', '');
    const common = { body: fc.oneof(texts, anything), isBase64Encoded: fc.oneof(fc.boolean(), anything), headers };
    const version2 = fc
      .tuple(
        fc.record({ ...common, rawPath: paths, rawQueryString: fc.oneof(texts, anything), cookies: anything }),
        context,
        methods,
      )
      .map(([event, about, method]) => ({ ...event, requestContext: { ...about, http: { method } } }));
    const version1 = fc.record(
      {
        ...common,
        httpMethod: methods,
        path: paths,
        resource: texts,
        pathParameters: lists,
        multiValueHeaders: lists,
        queryStringParameters: headers,
        multiValueQueryStringParameters: lists,
        requestContext: fc.oneof(context, fc.constant({ elb: {} }), anything),
      },
      { requiredKeys: ['path', 'httpMethod'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(version2, version1, anything), async (event) => {
        const answer = await handler(event);
        expect(answer.statusCode).toBeGreaterThanOrEqual(200);
        expect(answer.statusCode).toBeLessThan(500);
      }),
      { numRuns: randomRuns(200) },
    );
  });
});
