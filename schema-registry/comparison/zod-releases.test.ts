import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as zod40 from 'zod-4-0';
import * as zod44 from 'zod-4-4';
import { describedSchema } from './described-schema.ts';
import { textOf } from './shape.ts';

// zod releases render the same schema differently. The registry has to see that nothing has changed.

const older = [
  ['4.0.17', zod40 as unknown as typeof z],
  ['4.4.3', zod44 as unknown as typeof z],
] as const;

/** One schema of each kind, built with the given release. */
function schemasOf(zod: typeof z): Record<string, z.ZodType> {
  const shape = zod.object({ id: zod.uuid(), at: zod.iso.datetime({ offset: true }) });
  return {
    nullable: zod.object({ a: zod.string().max(5).nullable(), b: zod.int().nullish() }),
    'nullable enum': zod.enum(['a', 'b']).nullable(),
    'nullable enum inside': zod.object({ a: zod.enum(['x', 'y']).nullable().optional() }),
    email: zod.email(),
    uuid: zod.object({ any: zod.uuid(), fourth: zod.uuid({ version: 'v4' }), guid: zod.guid() }),
    'date-time': zod.object({
      utc: zod.iso.datetime(),
      offset: zod.iso.datetime({ offset: true }),
      local: zod.iso.datetime({ local: true }),
      precise: zod.iso.datetime({ precision: 3 }),
    }),
    'date and time': zod.object({ date: zod.iso.date(), time: zod.iso.time(), duration: zod.iso.duration() }),
    'addresses and ids': zod.object({
      url: zod.url(),
      ip: zod.union([zod.ipv4(), zod.ipv6()]),
      base64: zod.base64(),
      nanoid: zod.nanoid(),
      ulid: zod.ulid(),
      phone: zod.e164(),
    }),
    'two patterns': zod
      .email()
      .regex(/example/)
      .min(3),
    'parts of strings': zod.object({ a: zod.string().startsWith('ab'), b: zod.string().includes('c') }),
    discriminated: zod.discriminatedUnion('kind', [
      zod.object({ kind: zod.literal('a'), x: zod.number() }),
      zod.object({ kind: zod.literal('b'), y: zod.string() }),
    ]),
    union: zod.union([zod.string(), zod.number(), zod.null()]),
    intersection: zod.intersection(shape, zod.object({ note: zod.string().optional() })),
    tuple: zod.tuple([zod.string(), zod.int()]),
    'tuple with rest': zod.tuple([zod.string()]).rest(zod.boolean()),
    catch: zod.object({ a: zod.string().catch('x'), b: zod.enum(['a', 'b']).catch('a').optional() }),
    default: zod.object({ a: zod.string().default('x'), b: zod.int().prefault(1) }),
    objects: zod.object({ strict: zod.strictObject({ a: zod.int() }), loose: zod.looseObject({ a: zod.int() }) }),
    record: zod.object({
      any: zod.record(zod.string(), zod.int()),
      named: zod.record(zod.enum(['a', 'b']), zod.int()),
      partial: zod.partialRecord(zod.enum(['a', 'b']), zod.int()),
      lacking: zod.record(zod.enum(['a', 'b']), zod.int().optional()),
    }),
    'not in JSON': zod.object({
      set: zod.set(zod.int()).min(1).max(3),
      big: zod.bigint().max(5n),
      date: zod.date().min(new Date(0)),
    }),
    numbers: zod.object({ a: zod.int().min(1), b: zod.number().gt(0).lt(1), c: zod.number().multipleOf(5) }),
    literals: zod.object({ one: zod.literal('a'), many: zod.literal(['a', 'b']), number: zod.literal(1) }),
    refined: zod
      .object({
        a: zod
          .string()
          .trim()
          .refine(() => true),
      })
      .refine(() => true),
    coerced: zod.object({ a: zod.coerce.number(), b: zod.coerce.boolean() }),
    list: zod.array(shape).min(1).max(9),
    readonly: zod.array(zod.string()).readonly(),
    'object id': zod
      .string()
      .regex(/^[0-9a-f]{24}$/, 'an ObjectId')
      .describe('a user'),
  };
}

const now = schemasOf(z);

describe.each(older)('zod %s', (_, zod) => {
  const then = schemasOf(zod);

  test.each(Object.keys(now))('means the same by %s', (name) => {
    const [before, after] = [describedSchema(then[name] as z.ZodType, zod), describedSchema(now[name] as z.ZodType)];
    expect(before.canonical).toEqual(after.canonical);
    expect(before.sha256).toBe(after.sha256);
  });

  test('writes many of them in other words', () => {
    const different = Object.keys(now).filter((name) => {
      const renderings = [describedSchema(then[name] as z.ZodType, zod), describedSchema(now[name] as z.ZodType)];
      return new Set(renderings.map(({ rendered }) => textOf(rendered))).size > 1;
    });
    // If none did, this file would prove nothing.
    expect(different.length).toBeGreaterThanOrEqual(3);
    expect(different).toContain('email');
  });
});
