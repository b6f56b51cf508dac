import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import { personal } from '../../events/values.ts';
import { readSourceTree } from '../../tidy/source-tree.ts';
import type { PastVersion } from '../past-version.ts';
import { planFreezing, type AnyDefinition } from './freezing.ts';
import type { FrozenEvent } from './frozen-version.ts';
import { checkCatalog } from './catalog-check.ts';
import { yublPosted } from '../../events/yubl-posted.ts';

// The printed stubs, put where they belong in a copy of the project with additional events.

const root = join(import.meta.dirname, '../..');
const folder = 'schema-registry/past';
let copy: string;

const everyKind = z.object({
  id: z.uuid(),
  'with-dash': z.string().min(2).max(9),
  "it's": z.literal('it\'s "so"\n'),
  code: z.string().regex(/^[a-z]+\/x$/),
  twoPatterns: z.string().regex(/^a/).regex(/z$/).max(5),
  letters: z.string().regex(/^\p{L}*$/u),
  at: z.iso.datetime({ offset: true }),
  utc: z.iso.datetime({ precision: 3 }),
  local: z.iso.datetime({ local: true }),
  day: z.iso.date(),
  time: z.iso.time({ precision: 0 }),
  span: z.iso.duration(),
  mail: personal(z.email()).exactOptional(),
  shortMail: z.email().max(60),
  page: z.url(),
  v7: z.uuidv7(),
  guid: z.guid(),
  ip: z.ipv4(),
  whole: z.int().min(1).max(9),
  share: z.number().gt(0).lt(1),
  steps: z.number().multipleOf(0.5).exactOptional(),
  yes: z.boolean(),
  choice: z.enum(['left', 'right']),
  constant: z.literal(5),
  mixed: z.literal(['a', 1, null]),
  nothing: z.null(),
  maybe: personal(z.string().max(20)).nullable(),
  allOfIt: personal(z.string().nullable()).optional(),
  list: z.array(personal(z.string())).min(1).max(3),
  pair: z.tuple([z.string(), z.int()]),
  tail: z.tuple([z.string(), z.int().optional()], z.boolean()),
  record: z.record(z.string(), personal(z.int())),
  named: z.record(z.enum(['a', 'b']), z.int()),
  some: z.partialRecord(z.enum(['a', 'b']), z.int()),
  nested: z.object({ deep: z.object({ name: personal(z.string()), more: z.int().optional() }) }),
  strict: z.strictObject({ a: z.int() }),
  loose: z.looseObject({ a: z.int() }),
  rest: z.object({ a: z.string() }).catchall(z.int().or(z.string())),
  either: z.union([z.string(), z.object({ a: z.int() })]),
  kind: z.discriminatedUnion('is', [z.object({ is: z.literal('a') }), z.object({ is: z.literal('b'), n: z.int() })]),
  both: z.intersection(z.record(z.string(), z.int()), z.object({ a: z.int() })),
  withDefault: z.string().default('x'),
  any: z.unknown(),
});

const example = {
  id: '5f0c2a3e-6f0b-4c55-9d0e-0c6d4b8f1a11',
  'with-dash': 'ab',
  "it's": 'it\'s "so"\n' as const,
  code: 'a/x',
  twoPatterns: 'az',
  letters: 'é',
  at: '2016-02-22T07:02:00+01:00',
  utc: '2016-02-22T07:02:00.000Z',
  local: '2016-02-22T07:02:00',
  day: '2016-02-22',
  time: '07:02:00',
  span: 'P1D',
  shortMail: 'a@example.org',
  page: 'https://example.org/',
  v7: '01920000-0000-7000-8000-000000000000',
  guid: '01920000-0000-0000-0000-000000000000',
  ip: '10.0.0.1',
  whole: 1,
  share: 0.5,
  yes: true,
  choice: 'left' as const,
  constant: 5 as const,
  mixed: null,
  nothing: null,
  maybe: null,
  list: ['a'],
  pair: ['a', 1] as [string, number],
  tail: ['a'] as [string],
  record: { a: 1 },
  named: { a: 1, b: 2 },
  some: { a: 1 },
  nested: { deep: { name: 'Ada' } },
  strict: { a: 1 },
  loose: { a: 1, b: 2 },
  rest: { a: 'a', b: 1 },
  either: { a: 1 },
  kind: { is: 'b' as const, n: 1 },
  both: { a: 1 },
  withDefault: 'y',
  any: { a: [1] },
};

interface Tree {
  readonly trees: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  get trees() {
    return z.array(tree);
  },
});

const inCode = z.object({
  even: z.int().refine((value) => value % 2 === 0),
  trimmed: z.string().trim(),
  length: z.string().transform((text) => text.length),
  caught: z.int().catch(0),
  counted: z.coerce.number(),
  tree,
});

function event(name: string, data: z.ZodObject, examples: readonly unknown[]): AnyDefinition {
  const [type = '', version] = name.split(' ');
  return defineEvent({
    type,
    version: Number(version),
    owner: 'shop',
    summary: 'Something was.',
    data,
    subject: () => 'a',
    partitionKey: () => 'a',
    examples: examples as readonly Record<string, unknown>[],
  });
}

const frozenOf = (definition: AnyDefinition): FrozenEvent[] => {
  const { type, version } = definition;
  const older = Array.from(
    { length: version - 1 },
    (_, at) => ({ type, version: at + 1, data: definition.data, upcast: () => [] }) as unknown as PastVersion,
  );
  const { writes } = planFreezing({ definitions: [definition], pastVersions: older, frozen: [], today: '2026-01-01' });
  return writes.filter(({ frozen }) => frozen.version === version);
};

const after = z.looseObject({});
const codeExample = { even: 2, trimmed: 'a', length: 'abc', caught: 1, counted: 1, tree: { trees: [{ trees: [] }] } };
const made: readonly FrozenEvent[] = [
  ...frozenOf(event('every-kind 1', everyKind, [example])),
  ...frozenOf(event('every-kind 2', everyKind.omit({ day: true }), [example])),
  ...frozenOf(event('in-code 1', inCode, [codeExample])),
];
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, 'schema-registry/frozen', path), 'utf8'));
const posted = {
  frozen: read('yubl-posted/1.json') as FrozenEvent['frozen'],
  samples: (read('yubl-posted/1.samples.json') as { samples: FrozenEvent['samples'] }).samples,
};

const stubs = new Map<string, string>(
  checkCatalog({
    definitions: [event('every-kind 3', after, [{}]), event('in-code 2', after, [{}]), yublPosted as AnyDefinition],
    pastVersions: [],
    frozen: [...made, posted],
    subscribers: [],
    waivers: [],
    damages: [],
    today: '2026-01-01',
  }).events.flatMap(({ type, replay }) =>
    replay.flatMap(({ version, stub }) => (stub === undefined ? [] : [[`${type}-${version}.ts`, stub] as const])),
  ),
);

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'figtree-stub-'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [path, text] of readSourceTree(root))
    if (/^(events|schema-registry)\/[^/]*\.ts$/.test(path)) write(path, text);
  write('package.json', '{ "type": "module" }');
  const eventFile = readFileSync(join(root, 'events/yubl-deleted.ts'), 'utf8')
    .replace('{ yublId }', '{ personal }')
    .replace('z.object({ yublId })', 'z.looseObject({ a: personal(z.string()).optional() })')
    .replaceAll('data.yublId', 'String(data.a)')
    .replace(/examples: .*/, 'examples: [],');
  let catalog = readFileSync(join(root, 'events/catalog.ts'), 'utf8');
  for (const [type, name] of [
    ['every-kind', 'everyKind'],
    ['in-code', 'inCode'],
  ] as const) {
    write(`events/${type}.ts`, eventFile.replaceAll('yublDeleted', name).replaceAll('yubl-deleted', type));
    catalog = `import { ${name} } from './${type}.ts';\n${catalog.replace('} as const', `'${type}': ${name},\n} as const`)}`;
  }
  write('events/catalog.ts', catalog);
  for (const [file, stub] of stubs) write(`${folder}/${file}`, stub);
  write(`${folder}/completed.ts`, completed());
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

const completed = () =>
  String(stubs.get('yubl-posted-1.ts')).replace(
    'data: { ...data } }',
    'data: { ...data, postedAt: new Date(data.postedAt).toISOString() } }',
  );

test('a stub compiles where it is put, but for a step that is not that simple', async () => {
  const extending = { extends: join(root, 'tsconfig.json'), include: [`${folder}/*.ts`] };
  write('tsconfig.json', JSON.stringify(extending));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = await promisify(execFile)(tsc, ['--noEmit', '-p', copy], { cwd: copy }).catch(
    (error: { stdout: string }) => error,
  );
  const faults = stdout.split('\n').filter((line) => /^\S/.test(line));
  expect(faults).toEqual([expect.stringMatching(/^schema-registry\/past\/yubl-posted-1\.ts\(\d+,\d+\): error TS2322/)]);
  const line = Number(/\((\d+)/.exec(faults[0] ?? '')?.[1]);
  expect(stubs.get('yubl-posted-1.ts')?.split('\n')[line - 1]).toContain('upcast: ');
});

describe('the schema of a stub', () => {
  test.each([...made, posted].map((each) => [`${each.frozen.type} ${each.frozen.version}`, each] as const))(
    'takes every golden sample of %s',
    async (_, { frozen: { type, version }, samples }) => {
      const module = (await import(
        /* @vite-ignore */ pathToFileURL(join(copy, folder, `${type}-${version}.ts`)).href
      )) as Record<string, PastVersion>;
      const [past] = Object.values(module);
      expect(samples.length).toBeGreaterThan(0);
      for (const { data } of samples) expect(past?.data.safeParse(data)).toMatchObject({ success: true });
    },
  );
});

describe('a stub says', () => {
  test.each([
    'yubl-posted-1.ts. To be added to the list of schema-registry/past-versions.ts: yublPosted1.',
    'authorName: personal(z.string().max(200)).exactOptional(),',
    'text: personal(z.string().max(65536)),',
    'postedAt: z.union([z.iso.datetime({ offset: true }), z.int().min(0).max(253402300799999)]),',
    'next: yublPosted,',
    "import { yublPosted } from '../../events/yubl-posted.ts';",
  ])('of yubl-posted 1: %s', (text) => expect(stubs.get('yubl-posted-1.ts')).toContain(text));

  test('that an older version leads to the one after it', () => {
    expect(stubs.get('every-kind-1.ts')).toContain('next: everyKind2,');
    expect(stubs.get('every-kind-1.ts')).toContain('// FIELD_REMOVED_REQUIRED: day');
    expect(stubs.get('every-kind-2.ts')).toContain('next: everyKind,');
  });

  test('every format by its name', () => {
    for (const text of [
      'id: z.uuid()',
      'utc: z.iso.datetime({ precision: 3 })',
      'local: z.iso.datetime({ local: true })',
      'day: z.iso.date()',
      'time: z.iso.time({ precision: 0 })',
      'span: z.iso.duration()',
      'mail: personal(z.email()).exactOptional()',
      'shortMail: z.email().max(60)',
      'page: z.url()',
      "v7: z.uuid({ version: 'v7' })",
      'guid: z.guid()',
      'ip: z.ipv4()',
    ])
      expect(stubs.get('every-kind-1.ts')).toContain(text);
  });

  test('what it cannot show', () => {
    for (const text of [
      'even: z.int() /* and a rule in code',
      'trimmed: z.string() /* and a rule in code',
      'length: z.string() /* and a transform behind it',
      'caught: z.unknown() /* with .catch(…)',
      'counted: z.coerce.number(),',
      '/* holds itself',
    ])
      expect(stubs.get('in-code-1.ts')).toContain(text);
  });
});
