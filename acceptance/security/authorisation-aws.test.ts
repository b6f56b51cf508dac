import { describe, expect, test } from 'vitest';
import { authorizer } from '../../apps/aws/http/authorizing.ts';
import { parseAwsSettings } from '../../apps/aws/settings.ts';
import { openTestServer } from '../../testing/server/test-server.ts';
import type { FigtreeError } from '../../events/errors.ts';
import { ADA, BOB, type Credential, sharedSecretCredentials } from './credentials.ts';
import { type Route, routesOf, ruleOf, verdictOf } from './open-routes.ts';
import {
  eventOf,
  type FunctionName,
  installation,
  openFunctions,
  openTableFunctions,
  unreachable,
} from './unreachable-aws.ts';

// Permissions on AWS: the same credentials, through the authorizer and the functions as deployed. Nothing is behind the
// functions, so 503 is the response to authorised requests.

// All routes in the OpenAPI document of the embedded engine, but those of projections of tables.
const functionOf: Readonly<Record<string, FunctionName>> = {
  'POST /events': 'ingest',
  'POST /legacy/changes': 'ingest',
  'GET /feeds/{userId}': 'getFeed',
  'GET /yubls/{yublId}': 'getYubl',
  'GET /users/{userId}/yubls': 'getYubl',
  'GET /users/{userId}': 'relationshipApi',
  'GET /users/{userId}/followers': 'relationshipApi',
  'GET /users/{userId}/following': 'relationshipApi',
  'GET /users/{userId}/following/{otherId}': 'relationshipApi',
  'GET /search/users': 'searchApi',
  'GET /search/yubls': 'searchApi',
};
const notOnAws =
  /^GET (\/|\/catalog|\/events|\/events\/stream|\/health|\/metrics|\/openapi\.json|\/status|\/traces\/\{correlationId\})$|^[A-Z]+ \/admin\//;
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const filled = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_whole, name) => (name === 'otherId' ? BOB : ADA));
const functions = openFunctions(unreachable(installation));
const tableFunctions = await openTableFunctions(unreachable(installation));

/** The projection of tables whose function has the route. */
function tablesOf({ tags }: Route): string | undefined {
  return tags.find((tag) => tableFunctions.has(tag));
}
const authorize = authorizer(parseAwsSettings(installation).auth);

/** The authorizer's result in the event of a function; undefined: API Gateway itself responds 401. */
const gateways = {
  'an HTTP API': async (headers: Credential['headers']) => {
    const answer = await authorize({ version: '2.0', headers });
    return 'isAuthorized' in answer && answer.isAuthorized ? { lambda: answer.context } : undefined;
  },
  'a REST API': async (headers: Credential['headers']) => {
    const methodArn = 'arn:aws:execute-api:eu-west-1:123456789012:abcdef/prod/GET/feeds';
    const answer = await authorize({ methodArn, headers }).catch((error: Error) => {
      expect(error.message).toBe('Unauthorized');
      return undefined;
    });
    return answer && { ...answer.context, principalId: 'x' };
  },
} as const;

async function statusOf(route: Route, { headers, query }: Credential, gateway: keyof typeof gateways): Promise<number> {
  const name = functionOf[`${route.method} ${route.path}`];
  const handle = name === undefined ? tableFunctions.get(tablesOf(route) ?? '') : functions[name];
  if (handle === undefined) throw new Error(`no function has ${route.path}`);
  // The authorizer is before what is not for everyone; publish keys are verified by the function itself.
  const isAuthorized = ['own feed', 'admin'].includes(ruleOf(route) ?? '');
  const context = isAuthorized ? await gateways[gateway](headers) : undefined;
  if (context === undefined && isAuthorized) return 401;
  const path = `${filled(route.path)}?q=a${query === undefined ? '' : `&${query}`}`;
  const body = route.method === 'POST' ? { body: '{}' } : {};
  return (await handle(eventOf({ method: route.method, path, headers, context, ...body }))).statusCode;
}

const server = await openTestServer();
const routes = routesOf((await server.get('/openapi.json')).json);
await server.close();
const routesOfTables = routes.filter((route) => tablesOf(route) !== undefined);

test('every route is on AWS or known to be not', () => {
  expect(routesOfTables.map(({ path }) => path)).toContain('/trending/{day}');
  const names = routes.filter((route) => !routesOfTables.includes(route)).map(nameOf);
  expect(names.filter((name) => !notOnAws.test(name)).toSorted()).toEqual(Object.keys(functionOf).toSorted());
});

describe.each(Object.keys(gateways) as (keyof typeof gateways)[])('behind %s', (gateway) => {
  for (const route of routes.filter((one) => !notOnAws.test(nameOf(one)))) {
    test(`${nameOf(route)} answers every credential by its rule`, async () => {
      for (const credential of sharedSecretCredentials()) {
        const expected = verdictOf(ruleOf(route) ?? 'admin', credential.proof, ADA);
        // A token without a user opens nothing here: the functions behind the authorizer serve users.
        const isNobody = credential.proof.token?.userId === undefined;
        const refusal = expected === 403 && isNobody ? 401 : expected;
        const status = await statusOf(route, credential, gateway);
        // Whether an administrator's token has a user is not part of the proof.
        if (expected === 'past' && ruleOf(route) === 'admin' && isNobody) expect([401, 503]).toContain(status);
        else if (expected === 'past') expect([401, 403], credential.name).not.toContain(status);
        else expect([expected, refusal], credential.name).toContain(status);
      }
    });
  }
});

describe('a function that a caller reaches without the authorizer', () => {
  test.each([
    ['no context', undefined],
    ['an empty one', {}],
    ['an empty user', { lambda: { userId: '', scopes: 'admin' } }],
    ['claims of a JWT authorizer', { jwt: { claims: { sub: ADA, userId: ADA }, scopes: ['admin'] } }],
    ['claims of Cognito', { claims: { sub: ADA, userId: ADA } }],
    ['an IAM identity', { iam: { userId: ADA, userArn: 'arn:aws:iam::123456789012:user/ada' } }],
  ])('shows the feed to nobody: %s', async (_what, context) => {
    const headers = { 'x-user-id': ADA, 'x-amzn-oidc-identity': ADA };
    const answer = await functions.getFeed(eventOf({ method: 'GET', path: `/feeds/${ADA}`, headers, context }));
    expect(answer.statusCode).toBe(401);
    for (const route of routesOfTables.filter((one) => ruleOf(one) !== 'open')) {
      const handle = tableFunctions.get(tablesOf(route) ?? '');
      const event = eventOf({ method: 'GET', path: filled(route.path), headers, context });
      expect((await handle?.(event))?.statusCode, route.path).toBe(401);
    }
  });
});

describe('without keys, or with keys that can be guessed', () => {
  test('nothing is published', async () => {
    const statuses: unknown[] = [];
    for (const host of ['localhost', '127.0.0.1:4000', 'api.example', undefined]) {
      statuses.push(
        await answerOrCode(async () => {
          const { FIGTREE_OPENSEARCH_URL, FIGTREE_OPENSEARCH_SIGNING } = installation;
          const { ingest } = openFunctions(unreachable({ FIGTREE_OPENSEARCH_URL, FIGTREE_OPENSEARCH_SIGNING }));
          const headers = host === undefined ? {} : { host };
          return (await ingest(eventOf({ method: 'POST', path: '/events', body: '{}', headers }))).statusCode;
        }),
      );
    }
    for (const status of statuses) expect([401, 403, 'AUTH_REQUIRED', 'CONFIG_INVALID']).toContain(status);
  });

  test('a secret of one letter is refused', async () => {
    const answer = await answerOrCode(async () => {
      const { auth } = parseAwsSettings({ ...installation, FIGTREE_JWT_SECRET: 'x' });
      return await authorizer(auth)({ version: '2.0', headers: {} });
    });
    expect(answer).toBe('CONFIG_INVALID');
  });
});

async function answerOrCode(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return (error as FigtreeError).code;
  }
}
