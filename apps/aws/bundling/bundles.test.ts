import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableProjections } from '../../projections/registry.ts';
import { bundleFunctions, type FunctionBundle, functionNames, functions } from './bundles.ts';

const KB = 1024;
// The size of what a cold start loads. It shows when a library slips in.
const OF_TABLES = tableProjections.map(({ name }) => name);
const BUDGETS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    OF_TABLES.flatMap((name) => [
      [name, 540 * KB],
      [`${name}-api`, 660 * KB],
    ]),
  ),
  'add-to-feed': 490 * KB,
  'archive-events': 690 * KB,
  authorizer: 130 * KB,
  'close-archive': 690 * KB,
  'distribute-yubl': 590 * KB,
  'drain-search': 870 * KB,
  'get-feed': 640 * KB,
  'get-yubl': 640 * KB,
  'index-search': 910 * KB,
  ingest: 790 * KB,
  'relationship-api': 650 * KB,
  'search-api': 1030 * KB,
  'track-relationships': 520 * KB,
};

// As a deployment sets them; no service is called before the first event.
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  FIGTREE_FAN_OUT_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:figtree-fan-out',
  FIGTREE_ARCHIVE_BUCKET: 'figtree-archive',
  FIGTREE_OPENSEARCH_URL: 'https://search.example',
  FIGTREE_JWT_SECRET: 'a secret of more than thirty-two bytes',
  FIGTREE_PUBLISH_KEYS: 'monolith:a publish key of more than thirty-two bytes',
};

// Functions that are reachable over HTTP.
const REACHED_OVER_HTTP = [
  ...OF_TABLES.map((name) => `${name}-api`),
  'authorizer',
  'get-feed',
  'get-yubl',
  'ingest',
  'relationship-api',
  'search-api',
];

describe('the bundles of the functions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-bundles-'));
  let bundles: FunctionBundle[];
  beforeAll(async () => {
    bundles = await bundleFunctions(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are those that have a budget', () => {
    expect(OF_TABLES.length).toBeGreaterThan(0);
    expect(functionNames()).toEqual(Object.keys(BUDGETS).toSorted());
  });

  test('have different names', () => {
    const [tables] = tableProjections;
    if (tables === undefined) throw new Error('there is no projection of tables');
    expect(() => functions([{ ...tables, name: 'authorizer' }])).toThrow('two functions have the name authorizer');
  });

  test('find credentials in the environment alone', () => {
    const packages = new Set(bundles.flatMap(({ bytesByPackage }) => Object.keys(bytesByPackage)));
    const providers = [...packages].filter((name) => name.includes('credential-provider'));
    expect(providers.toSorted()).toEqual(['@aws-sdk/credential-provider-env', '@aws-sdk/credential-provider-node']);
  });

  test.each(Object.entries(BUDGETS))(
    '%s stays below %i bytes, and starts without keys only if it serves nothing',
    (name, budget) => {
      const { path, bytes } = bundles.find((bundle) => bundle.name === name) ?? { path: '', bytes: Infinity };
      expect(bytes).toBeLessThan(budget);
      const { FIGTREE_JWT_SECRET: _, FIGTREE_PUBLISH_KEYS: __, ...without } = ENVIRONMENT;
      const [configured, open, weak] = startEach(path, [
        ENVIRONMENT,
        without,
        { ...ENVIRONMENT, FIGTREE_JWT_SECRET: 'x' },
      ]);
      const needsKeys = REACHED_OVER_HTTP.includes(name);
      expect(configured).toBe('function');
      expect(open).toMatch(needsKeys ? /^AUTH_REQUIRED .*FIGTREE_/ : /^function$/);
      expect(weak).toMatch(needsKeys ? /^CONFIG_INVALID FIGTREE_JWT_SECRET is shorter than 32 bytes/ : /^function$/);
    },
  );

  /** The type of the bundle's handler, or the error with which it fails to start, for each of these environments. */
  function startEach(path: string, environments: readonly Readonly<Record<string, string>>[]): string[] {
    const script = `
      for (const [place, variables] of ${JSON.stringify(environments)}.entries()) {
        for (const name of Object.keys(process.env)) if (name.startsWith('FIGTREE_')) delete process.env[name];
        Object.assign(process.env, variables);
        await import(${JSON.stringify(pathToFileURL(path).href)} + '?' + place).then(
          ({ handler }) => console.log(typeof handler),
          ({ code, message }) => console.log(code, message),
        );
      }`;
    const env = { PATH: process.env['PATH'] };
    const options = { cwd: folder, env, encoding: 'utf8' } as const;
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim().split('\n');
  }
});

describe('the search function', () => {
  test('signs its requests to a domain of AWS with the credentials of its role', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-bundles-'));
    const authorizations: (string | undefined)[] = [];
    const hits = JSON.stringify({ hits: { hits: [], total: { value: 0 } } });
    const server = createServer((request, response) => {
      const isTable = request.headers['x-amz-target'] !== undefined;
      if (!isTable) authorizations.push(request.headers.authorization);
      response.writeHead(200, { 'content-type': isTable ? 'application/x-amz-json-1.0' : 'application/json' });
      response.end(isTable ? '{}' : hits);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const [bundle] = await bundleFunctions(folder, ['search-api']);
      const event = {
        version: '2.0',
        routeKey: '$default',
        rawPath: '/search/yubls',
        rawQueryString: 'q=figs',
        headers: {},
        isBase64Encoded: false,
        requestContext: { http: { method: 'GET', path: '/search/yubls' }, domainName: 'search.example' },
      };
      const script = `import(${JSON.stringify(pathToFileURL(bundle?.path ?? '').href)})
        .then(({ handler }) => handler(${JSON.stringify(event)}, {}))
        .then(({ statusCode, body }) => console.log(statusCode, body))`;
      const env = {
        PATH: process.env['PATH'],
        ...ENVIRONMENT,
        FIGTREE_OPENSEARCH_URL: url,
        AWS_ENDPOINT_URL_DYNAMODB: url,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'a secret of nobody',
      };
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder, env });
      expect(stdout.trim().split('\n').at(-1)).toBe('200 {"items":[],"next":null}');
      expect(authorizations[0]).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/es\/aws4_request/);
      expect(stdout).not.toContain('a secret of nobody');
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
