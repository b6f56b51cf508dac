import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  follows,
  joined,
  type JsonAnswer,
  objectId,
  openTestServer,
  posts,
  type TestServer,
} from '../../testing/server/test-server.ts';

// Written by hand, from the published interface.
const PROMISED = [
  'POST /events',
  'POST /legacy/changes',
  'GET /feeds/{userId}',
  'GET /yubls/{yublId}',
  'GET /users/{userId}',
  'GET /users/{userId}/followers',
  'GET /users/{userId}/following',
  'GET /users/{userId}/following/{otherId}',
  'GET /users/{userId}/yubls',
  'GET /search/users',
  'GET /search/yubls',
  'GET /status',
  'GET /health',
  'GET /metrics',
  'GET /openapi.json',
  'GET /events',
  'GET /events/stream',
  'GET /traces/{correlationId}',
  'GET /admin/quarantine',
  'GET /admin/quarantine/{id}',
  'POST /admin/quarantine/{id}/release',
  'POST /admin/rebuilds',
  'GET /admin/rebuilds',
  'GET /admin/rebuilds/{id}',
  'DELETE /admin/rebuilds/{id}',
  'POST /admin/projections/{name}/rollback',
  'GET /admin/parked',
  'GET /admin/parked/{projection}/{position}',
  'POST /admin/parked/redrive',
  'POST /admin/parked/discard',
  'POST /admin/parked/{projection}/resume',
];

const ada = objectId(0xada);
const yubl = objectId(1, 2);
let server: TestServer;
let document: JsonAnswer;

beforeAll(async () => {
  server = await openTestServer();
  document = (await server.get('/openapi.json')).json;
  const bob = objectId(0xb0b);
  await server.publish(joined(ada), joined(bob), follows(bob, ada), follows(ada, bob), posts(ada, yubl, 'words'));
  await server.publish(posts(bob, objectId(2, 2), 'more words'));
  await server.post('/events', 'not json');
});
afterAll(() => server.close());

interface Operation {
  readonly name: string;
  readonly path: string;
  readonly operation: JsonAnswer;
}

function operations(): Operation[] {
  return Object.entries<JsonAnswer>(document.paths).flatMap(([path, methods]) =>
    Object.entries<JsonAnswer>(methods).map(([method, operation]) => {
      return { name: `${method.toUpperCase()} ${path}`, path, operation };
    }),
  );
}

/** All nested values, with the paths to them. */
function* inside(value: unknown, at: string[] = []): Generator<[string[], unknown]> {
  yield [at, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) yield* inside(part, [...at, name]);
}

/** Openers and pronouns that summaries and descriptions of the document avoid. */
const AVOIDED = /^(?:Gives|Of|That|What is|Whoever|It can)\b|\b(?:he|him|his|himself)\b|\bnobody\b.*\bany more\b/i;

/** All summaries and descriptions that use such wording. */
function avoidedWords(value: unknown): string[] {
  return [...inside(value)]
    .filter(([at]) => at.at(-1) === 'summary' || at.at(-1) === 'description')
    .flatMap(([, text]) => (typeof text === 'string' && AVOIDED.test(text) ? [text] : []));
}

/** A schema of the document as zod, to validate responses. */
function schemaOf(schema: unknown): z.ZodType {
  const $defs = document.components.schemas as Record<string, unknown>;
  const text = JSON.stringify({ ...(schema as object), $defs }).replaceAll('#/components/schemas/', '#/$defs/');
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with a title, a version and a licence', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info).toMatchObject({
      title: 'Figtree',
      version: expect.any(String),
      license: { name: 'Apache-2.0' },
    });
  });

  it('names every route that is promised, and the start page names them too', async () => {
    const names = operations().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(PROMISED));
    expect((await server.get('/')).json.routes.toSorted()).toEqual(names.toSorted());
  });

  it('states of each operation what it is, how it responds and how it fails', () => {
    for (const { name, operation } of operations()) {
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/.{8,}/)]);
      expect([name, Object.keys(operation.responses)[0]]).toEqual([name, expect.stringMatching(/^20[02]$/)]);
      for (const [status, response] of Object.entries<JsonAnswer>(operation.responses)) {
        expect([name, status, response.description]).toEqual([name, status, expect.stringMatching(/.+/)]);
        const types = Object.keys(response.content);
        expect([name, status, types.includes('application/problem+json')]).toEqual([
          name,
          status,
          Number(status) >= 400,
        ]);
      }
    }
  });

  it('words its summaries and descriptions as other documents do', () => {
    expect(avoidedWords(document)).toEqual([]);
    const words = [...inside(document)].filter(([at]) => at.at(-1) === 'description' || at.at(-1) === 'summary');
    expect(words.length).toBeGreaterThan(300);
  });

  it.each([
    'Gives the feed',
    'Of the whole flow',
    'It can',
    'He does',
    'A user and his yubls',
    'nobody reads it any more',
  ])('would not say "%s"', (text) => {
    const planted = structuredClone(document);
    planted.paths['/health'].get.responses[200].description = text;
    expect(avoidedWords(planted)).toEqual([text]);
  });

  it('declares the parameters of each path, and all parameters with a place and a schema', () => {
    for (const { name, path, operation } of operations()) {
      const parameters: JsonAnswer[] = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      expect([name, inPath]).toEqual([name, [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)]);
      for (const parameter of parameters) {
        expect(['path', 'query', 'header']).toContain(parameter.in);
        expect(parameter.schema).toEqual(expect.any(Object));
        expect(parameter.required).toBe(parameter.in === 'path' || parameter.name === 'q');
      }
    }
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...inside(document)].filter(([at]) => at.at(-1) === '$ref').map(([, value]) => String(value));
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) {
      const [, ...names] = reference.split('/');
      expect(
        names.reduce((part, name) => part?.[name], document),
        reference,
      ).toBeDefined();
    }
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { operation } of operations()) {
      for (const one of operation.security ?? []) expect(schemes).toEqual(expect.arrayContaining(Object.keys(one)));
    }
  });

  it('has examples that are what their schemas say', () => {
    const named = Object.entries<JsonAnswer>(document.components.schemas).filter(([, schema]) => schema.example);
    expect(named.map(([name]) => name)).toEqual(
      expect.arrayContaining(['Yubl', 'User', 'IngestReport', 'RecordedEvent']),
    );
    for (const [name, schema] of named) {
      expect([name, schemaOf(schema).safeParse(schema.example).error?.issues]).toEqual([name, undefined]);
    }
    const { schema, example } = document.paths['/events'].post.requestBody.content['application/json'];
    expect(schemaOf(schema).safeParse(example).error?.issues).toBeUndefined();
  });

  it.each([
    ['/feeds/{userId}', `/feeds/${ada}`],
    ['/yubls/{yublId}', `/yubls/${yubl}`],
    ['/users/{userId}', `/users/${ada}`],
    ['/users/{userId}/followers', `/users/${ada}/followers`],
    ['/users/{userId}/yubls', `/users/${ada}/yubls`],
    ['/search/users', '/search/users?q=first'],
    ['/search/yubls', '/search/yubls?q=words'],
    ['/status', '/status'],
    ['/health', '/health'],
    ['/events', '/events'],
    ['/admin/quarantine', '/admin/quarantine'],
  ])('says what %s answers', async (route, path) => {
    const { json } = await server.get(path);
    expect(json.items).not.toEqual([]);
    const schema = document.paths[route].get.responses[200].content['application/json'].schema;
    expect(schemaOf(schema).safeParse(json).error?.issues).toBeUndefined();
    expect(
      schemaOf(schema).safeParse({ ...json, items: [1], head: 'x', userId: 1, yublId: 1, status: 1 }).success,
    ).toBe(false);
  });

  it('says what a problem looks like', async () => {
    const schema = schemaOf({ $ref: '#/components/schemas/Problem' });
    for (const path of ['/nowhere', '/events?limit=0', `/users/${objectId(9)}`]) {
      expect(schema.safeParse((await server.get(path)).json).error?.issues).toBeUndefined();
    }
  });

  it('shows an example event that can be published as it stands', async () => {
    const { example } = document.paths['/events'].post.requestBody.content['application/json'];
    expect((await server.post('/events', example)).json).toMatchObject({ accepted: 1, problems: [] });
    const change = document.paths['/legacy/changes'].post.requestBody.content['application/json'].example;
    expect((await server.post('/legacy/changes', change)).json).toMatchObject({ accepted: 1, problems: [] });
  });
});
