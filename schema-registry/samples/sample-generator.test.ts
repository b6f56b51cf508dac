import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog, eventTypes } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import { frozenSource, generateSamples, type SampleSource } from './sample-generator.ts';
import { wireSchemaOf } from './wire-schema.ts';

interface Node {
  name: string;
  next?: Node | undefined;
  children: Node[];
}
const tree: z.ZodType<Node> = z.object({
  name: z.string().min(1),
  get next() {
    return tree.optional();
  },
  get children() {
    return z.array(tree).max(3);
  },
});
const date = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (instant) => instant.toISOString(),
});

const schemas: Readonly<Record<string, z.ZodObject>> = {
  'texts with lengths': z.object({ a: z.string(), b: z.string().min(2).max(3), c: z.string().length(70) }),
  'texts with patterns': z.object({
    id: z.string().regex(/^[0-9a-f]{24}$/),
    both: z.string().startsWith('ab').includes('cd').max(12),
    end: z.string().endsWith('.png'),
    lower: z.string().lowercase().min(3),
    template: z.templateLiteral(['v', z.int().min(0)]),
  }),
  formats: z.object({
    email: z.email(),
    uuid: z.uuid(),
    url: z.url(),
    date: z.iso.date(),
    time: z.iso.time(),
    at: z.iso.datetime(),
    offset: z.iso.datetime({ offset: true }),
    local: z.iso.datetime({ local: true }),
    duration: z.iso.duration(),
    v4: z.ipv4(),
    v6: z.ipv6(),
    base64: z.base64(),
    hex: z.hex(),
    ulid: z.ulid(),
  }),
  numbers: z.object({
    int: z.int(),
    small: z.int().min(3).max(5),
    open: z.number().gt(0).lt(1),
    any: z.number(),
    cents: z.number().multipleOf(0.01).min(0).max(10),
    five: z.int().multipleOf(5).positive(),
  }),
  choices: z.object({ kind: z.enum(['a', 'b', 'c']), one: z.literal([1, 'x']), truth: z.boolean(), none: z.null() }),
  'what may be left out': z.object({
    optional: z.string().optional(),
    exact: z.string().exactOptional(),
    nullable: z.string().nullable(),
    nullish: z.int().nullish(),
    defaulted: z.string().default('d'),
    caught: z.enum(['a']).catch('a'),
  }),
  unions: z.object({
    either: z.union([z.string().max(5), z.int(), z.object({ a: z.boolean() })]),
    tagged: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('image'), width: z.int().min(1) }),
      z.object({ kind: z.literal('video'), seconds: z.number().min(0), title: z.string().optional() }),
      z.object({ kind: z.enum(['link', 'quote']), to: z.url() }),
    ]),
  }),
  lists: z.object({
    any: z.array(z.string()),
    some: z.array(z.int()).min(2).max(4),
    pair: z.tuple([z.string(), z.int()]),
    rest: z.tuple([z.boolean()], z.string()),
    of: z.array(z.object({ a: z.string().exactOptional() })),
  }),
  records: z.object({
    any: z.record(z.string(), z.int()),
    keyed: z.record(z.string().regex(/^k[0-9]$/), z.string()),
    all: z.record(z.enum(['a', 'b']), z.int()),
    part: z.partialRecord(z.enum(['a', 'b']), z.int()),
  }),
  recursion: z.object({ tree }),
  refinement: z.object({ a: z.int(), b: z.int() }).refine(({ a, b }) => a < b, 'a must be below b'),
  'wire side': z.object({
    at: date,
    count: z.coerce.number(),
    length: z.string().transform((text) => text.length),
    trimmed: z.string().trim(),
    before: z.preprocess((value) => value, z.int()),
  }),
  intersection: z.object({ both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })) }),
  loose: z.looseObject({ a: z.string() }),
  strict: z.strictObject({ a: z.string() }),
  unknown: z.object({ a: z.unknown(), b: z.any() }),
};

function sourceOf(data: z.ZodObject, examples: readonly unknown[] = []): SampleSource {
  const schema = wireSchemaOf(data);
  return { type: 'sample', version: 1, schema, safeParse: (value) => data.safeParse(value), examples };
}

const dataOf = (source: SampleSource, seed = 1) =>
  generateSamples(source, { seed }).map(({ data }) => data as Record<string, never>);

describe.each(Object.entries(schemas))('samples of %s', (_, schema) => {
  const source = sourceOf(schema);

  test('are taken by zod, also by what zod makes of the JSON Schema alone', () => {
    const samples = dataOf(source);
    expect(samples.length).toBeGreaterThan(3);
    expect(samples.filter((data) => !schema.safeParse(data).success)).toEqual([]);
    const frozen = dataOf(frozenSource({ type: 'sample', version: 1, reader: structuredClone(source.schema) }));
    const parser = z.fromJSONSchema(source.schema);
    expect(frozen.length).toBeGreaterThan(3);
    expect(frozen.filter((data) => !parser.safeParse(data).success)).toEqual([]);
  });

  test('are the same for the same seed and others for another', () => {
    expect(generateSamples(source, { seed: 7 })).toEqual(generateSamples(source, { seed: 7 }));
    expect(generateSamples(source, { seed: 8 })).not.toEqual(generateSamples(source, { seed: 7 }));
  });

  test('differ from each other, and have names that differ', () => {
    const samples = generateSamples(source, { seed: 1 });
    expect(new Set(samples.map(({ data }) => JSON.stringify(data))).size).toBe(samples.length);
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length);
  });
});

describe('edge cases', () => {
  const values = (name: keyof typeof schemas, field: string) =>
    dataOf(sourceOf(schemas[name] as z.ZodObject)).map((data): unknown => data[field]);

  test('of a text are the empty one, the longest, astral and combining characters', () => {
    expect(values('texts with lengths', 'a')).toContain('');
    const lengths = values('texts with lengths', 'b').map((text) => String(text).length);
    expect(new Set(lengths)).toEqual(new Set([2, 3]));
    const all = values('texts with lengths', 'a').join('');
    expect(all).toMatch(/[\u{10000}-\u{10ffff}]/u);
    expect(all).toMatch(/\p{Mn}/u);
    expect(all.isWellFormed()).toBe(true);
  });

  test('of a number are its limits', () => {
    expect(values('numbers', 'small')).toEqual(expect.arrayContaining([3, 5]));
    expect(values('numbers', 'int')).toEqual(
      expect.arrayContaining([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0]),
    );
    expect(values('numbers', 'cents')).toEqual(expect.arrayContaining([0, 10]));
    const open = values('numbers', 'open').map(Number);
    expect(Math.min(...open)).toBeLessThan(1e-300);
    expect(Math.max(...open)).toBeGreaterThan(0.999_999);
  });

  test('are every value of an enum and every branch of a union', () => {
    expect(new Set(values('choices', 'kind'))).toEqual(new Set(['a', 'b', 'c']));
    expect(new Set(values('choices', 'one'))).toEqual(new Set([1, 'x']));
    const tags = values('unions', 'tagged').map((value) => (value as { kind: string }).kind);
    expect(new Set(tags)).toEqual(new Set(['image', 'video', 'link', 'quote']));
    const types = values('unions', 'either').map((value) => typeof value);
    expect(new Set(types)).toEqual(new Set(['string', 'number', 'object']));
  });

  test('are there, absent and null where that is allowed', () => {
    const samples = dataOf(sourceOf(schemas['what may be left out'] as z.ZodObject));
    for (const field of ['optional', 'exact', 'nullish', 'defaulted']) {
      expect(samples.some((data) => field in data)).toBe(true);
      expect(samples.some((data) => !(field in data))).toBe(true);
    }
    expect(samples.map((data): unknown => data['nullable'])).toContain(null);
    expect(samples.map((data): unknown => data['nullish'])).toContain(null);
  });

  test('of an instant are the first and the last, and a leap day', () => {
    const years = values('formats', 'at').map((text) => String(text).slice(0, 10));
    expect(years).toEqual(expect.arrayContaining(['0000-01-01', '2016-02-29', '9999-12-31']));
    expect(values('formats', 'offset')).toContain('2020-01-01T00:00:00+14:00');
  });

  test('of lists are none, as many as may be, and each place of a tuple', () => {
    const lengths = values('lists', 'some').map((list) => (list as unknown[]).length);
    expect(lengths).toEqual(expect.arrayContaining([2, 4]));
    expect(values('lists', 'any')).toContainEqual([]);
    expect(values('lists', 'pair').map((pair) => (pair as unknown[])[0])).toContain('');
  });

  test('of what refers to itself come to an end and are nested all the same', () => {
    expect(JSON.stringify(values('recursion', 'tree')).match(/"children":\[\{/g)?.length).toBeGreaterThan(1);
  });

  test('of what is made of a text are such a text', () => {
    const coerced = dataOf(sourceOf(z.object({ count: z.coerce.number(), truth: z.boolean() })));
    expect(coerced.map((data): unknown => typeof data['count'])).toContain('string');
    expect(new Set(coerced.map((data): unknown => data['truth']))).toEqual(new Set([true, false]));
  });

  test('come first, so that a small count has something of each field', () => {
    const source = sourceOf(schemas['choices'] as z.ZodObject);
    expect(generateSamples(source, { seed: 1, count: 3 }).map(({ name }) => name)).toEqual([
      'everything',
      ...generateSamples(source, { seed: 1 })
        .slice(1, 3)
        .map(({ name }) => name),
    ]);
    expect(generateSamples(source, { seed: 1, count: 60 })).toHaveLength(3 * 2 * 2);
  });
});

describe('a schema that chance does not satisfy', () => {
  const code = z.object({ id: z.string(), sum: z.int() }).refine(({ id, sum }) => sum === 7919 * id.length + 13, {
    path: ['sum'],
    message: 'the sum is wrong',
  });

  test('is refused with the version, and where and why most samples failed', () => {
    expect(() => generateSamples(sourceOf(code), { seed: 1 })).toThrow(
      'none of 500 generated samples passes the parser of sample v1; most fail at data.sum: the sum is wrong',
    );
  });

  test('is sampled around an example that it has', () => {
    const samples = dataOf(sourceOf(code, [{ id: 'ab', sum: 15_851 }]));
    expect(samples).toContainEqual({ id: 'ab', sum: 15_851 });
    expect(samples.filter((data) => !code.safeParse(data).success)).toEqual([]);
  });

  test('is told apart from one that throws', () => {
    const broken = z.object({ a: z.string() }).refine(() => {
      throw new Error('not today');
    });
    expect(() => generateSamples(sourceOf(broken), { seed: 1 })).toThrow('the schema throws: not today');
    expect(() => generateSamples(sourceOf(z.object({ a: z.never() })), { seed: 1 })).toThrow('no value of its shape');
  });
});

test('a frozen schema that nobody can read is told by its version', () => {
  const reader = { type: 'object', properties: { a: { $ref: '#/$defs/lost' } } } as const;
  expect(() => frozenSource({ type: 'lost', version: 3, reader })).toThrow(
    /zod cannot read the frozen schema of lost v3: /,
  );
});

test.each(eventTypes)('every sample of %s is taken by the catalog', (type) => {
  const { version, data, safeParse, examples } = catalog[type] as EventDefinition;
  const samples = generateSamples({ type, version, schema: wireSchemaOf(data), safeParse, examples }, { seed: 1 });
  expect(samples.length).toBeGreaterThan(1);
  expect(samples.filter((sample) => !data.safeParse(sample.data).success)).toEqual([]);
});
