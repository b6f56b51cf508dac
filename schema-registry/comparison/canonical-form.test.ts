import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { describedSchema } from './described-schema.ts';

const hash = (schema: z.ZodType) => describedSchema(schema).sha256;
const reader = (schema: z.ZodType) => describedSchema(schema).canonical.reader;

interface Tree {
  value: number;
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.object({ value: z.number(), children: z.array(z.lazy(() => tree)) });
const sameTree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => sameTree)), value: z.number() });
const otherTree: z.ZodType<Tree> = z.object({ value: z.int(), children: z.array(z.lazy(() => otherTree)) });

describe('schemas that mean the same have one canonical form', () => {
  test.each<[string, z.ZodType, z.ZodType]>([
    ['order of keys', z.object({ a: z.string(), b: z.number() }), z.object({ b: z.number(), a: z.string() })],
    [
      'documentation',
      z
        .object({
          a: z
            .string()
            .describe('one')
            .meta({ title: 'A', examples: ['x'], pii: true }),
        })
        .describe('all'),
      z.object({ a: z.string() }),
    ],
    ['a name for a part', z.object({ a: z.string().max(3).meta({ id: 'Word' }) }), z.object({ a: z.string().max(3) })],
    [
      'other names for parts',
      z.object({ a: z.int().meta({ id: 'One' }) }),
      z.object({ a: z.int().meta({ id: 'Two' }) }),
    ],
    ['order of an enum', z.enum(['a', 'b']), z.enum(['b', 'a'])],
    ['enum and union of literals', z.enum(['a', 'b']), z.union([z.literal('b'), z.literal('a')])],
    ['literal and enum of one', z.literal('a'), z.enum(['a'])],
    ['nullable and union with null', z.string().nullable(), z.union([z.null(), z.string()])],
    [
      'nested unions',
      z.union([z.string(), z.union([z.int(), z.boolean()])]),
      z.union([z.boolean(), z.int(), z.string()]),
    ],
    [
      'discriminated or not',
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a') }),
        z.object({ kind: z.literal('b'), n: z.int() }),
      ]),
      z.union([z.object({ kind: z.literal('b'), n: z.int() }), z.object({ kind: z.literal('a') })]),
    ],
    [
      'intersection and one object',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.int().optional() })),
      z.object({ a: z.string(), b: z.int().optional() }),
    ],
    ['order of patterns', z.string().regex(/a/).regex(/b/), z.string().regex(/b/).regex(/a/)],
    [
      'optional and exactly optional',
      z.object({ a: z.string().optional() }),
      z.object({ a: z.string().exactOptional() }),
    ],
    ['bounds of whole numbers', z.int().gt(1).lt(9), z.int().min(2).max(8)],
    ['recursion', tree, sameTree],
    ['recursion inside', z.object({ a: tree, b: tree }), z.object({ b: sameTree, a: sameTree })],
    ['readonly', z.array(z.string()).readonly(), z.array(z.string())],
  ])('%s', (_, a, b) => {
    expect(hash(a)).toBe(hash(b));
  });
});

describe('schemas that mean something else have another one', () => {
  test.each<[string, z.ZodType, z.ZodType]>([
    ['type', z.object({ a: z.string() }), z.object({ a: z.number() })],
    ['required', z.object({ a: z.string() }), z.object({ a: z.string().optional() })],
    ['strict', z.object({ a: z.string() }), z.strictObject({ a: z.string() })],
    ['loose', z.object({ a: z.string() }), z.looseObject({ a: z.string() })],
    ['default', z.string().default('a'), z.string().default('b')],
    ['pattern', z.string().regex(/a/), z.string().regex(/b/)],
    ['own pattern of a format', z.email(), z.email({ pattern: /^x@/ })],
    ['format', z.email(), z.string()],
    ['offset of a date-time', z.iso.datetime(), z.iso.datetime({ offset: true })],
    ['version of a uuid', z.uuid(), z.uuidv4()],
    ['refine', z.object({ a: z.string() }), z.object({ a: z.string() }).refine(() => true)],
    ['trim', z.string(), z.string().trim()],
    ['coerce', z.number(), z.coerce.number()],
    ['catch', z.string(), z.string().catch('a')],
    ['protocol of an address', z.url(), z.url({ protocol: /^https$/ })],
    ['recursion', tree, otherTree],
    ['length of a tuple', z.tuple([z.string()]), z.tuple([z.string()]).rest(z.string())],
    ['exclusive union', z.xor([z.string(), z.email()]), z.union([z.string(), z.email()])],
  ])('%s', (_, a, b) => {
    expect(hash(a)).not.toBe(hash(b));
  });
});

describe('what JSON Schema cannot say is marked instead of failing', () => {
  test.each<[string, z.ZodType]>([
    ['set', z.set(z.string())],
    ['date', z.date()],
    ['bigint', z.bigint()],
    ['custom', z.custom(() => true)],
    ['preprocess', z.preprocess((value) => value, z.string())],
  ])('%s', (what, schema) => {
    expect(reader(z.object({ a: schema }))).toMatchObject({
      shape: { fields: { a: { shape: { kind: 'unseen', what } } } },
    });
  });

  test('a transform is read as what it takes and written as what nobody can tell', () => {
    const { writer, reader } = describedSchema(z.string().transform((text) => text.length)).canonical;
    expect(writer.shape).toEqual({ kind: 'unseen', what: 'transform' });
    expect(reader.shape).toEqual({ kind: 'string' });
  });

  test('a codec is on both sides what stands on the wire', () => {
    const codec = z.codec(z.string().max(30), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    });
    const { writer, reader } = describedSchema(codec).canonical;
    expect(writer).toEqual(reader);
    expect(reader.shape).toEqual({ kind: 'string', max: 30, refined: 1 });
  });
});
