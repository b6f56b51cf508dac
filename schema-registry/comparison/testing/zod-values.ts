import * as fc from 'fast-check';
import type * as z from 'zod';

// Values for a zod schema, generated from zod's own definitions and judged by zod alone, independent of the registry.
// They are often valid and sometimes not, with many edge cases; callers parse them.

interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly (string | number | boolean | null)[];
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly in?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

const oddStrings = [
  '',
  'a',
  'ab',
  'abc',
  'abcd',
  'abcdef',
  'x'.repeat(11),
  ' ',
  ' a ',
  '1',
  '12',
  '1.5',
  'true',
  'b',
  'c',
  'é',
];
const formatted = [
  'ada@example.org',
  '2020-01-01T00:00:00Z',
  '2020-01-01T00:00:00.123Z',
  '2020-01-01T00:00:00+01:00',
  '2020-01-01',
  '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  'https://example.org/a',
  '5e0d215eb7492e0565bd574a',
];
const strings = fc.oneof(fc.constantFrom(...oddStrings), fc.constantFrom(...formatted), fc.string({ maxLength: 12 }));
const numbers = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 100, 0.5, 1.5, 2.5, -0.5, 1e300),
  fc.integer({ min: -20, max: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  strings,
  numbers,
  fc.constantFrom<unknown>(true, false, null, [], {}, ['a'], { a: 'x' }),
);

/** Keys that other versions of a schema declare, so that a loose writer may have written them. */
function zodValues(schema: z.ZodType, otherKeys: readonly string[], depth = 0): fc.Arbitrary<unknown> {
  // oxlint-disable-next-line no-underscore-dangle -- that is what zod calls it
  const definition = (schema as unknown as { _zod: { def: Definition } })._zod.def;
  const of = (inner: z.ZodType | undefined | null) =>
    inner === undefined || inner === null ? junk : zodValues(inner, otherKeys, depth + 1);
  switch (definition.type) {
    case 'string':
      return definition.format === undefined ? strings : fc.oneof(fc.constantFrom(...formatted), strings);
    case 'template_literal':
      return strings;
    case 'number':
      return numbers;
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries ?? { a: 'a' }));
    case 'literal':
      return fc.constantFrom(...(definition.values ?? [null]));
    case 'nullable':
      return fc.oneof(fc.constant(null), of(definition.innerType));
    case 'optional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
    case 'nonoptional':
      return of(definition.innerType);
    case 'lazy':
      return depth > 6 ? junk : of(definition.getter?.());
    case 'union':
      return fc.oneof(...(definition.options ?? []).map(of));
    case 'array':
      return fc.array(depth > 6 ? fc.nat() : of(definition.element), { maxLength: depth > 2 ? 1 : 6 });
    case 'tuple':
      return tuples((definition.items ?? []).map(of), of(definition.rest));
    case 'record':
      return fc.dictionary(of(definition.keyType).map(String), of(definition.valueType), { maxKeys: 3 });
    case 'intersection':
      return fc
        .tuple(of(definition.left), of(definition.right))
        .map(([a, b]) => ({ ...(a as object), ...(b as object) }));
    case 'pipe':
      return of(definition.in);
    case 'object':
      return objects(definition.shape ?? {}, otherKeys, of);
    default:
      return junk;
  }
}

function tuples(items: readonly fc.Arbitrary<unknown>[], rest: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.tuple(...items), fc.array(rest, { maxLength: 2 }), fc.nat(items.length))
    .map(([first, more, cut]) => [...first.slice(0, items.length - (cut % 2)), ...more]);
}

const LEFT_OUT = Symbol('left out');

function objects(
  shape: Readonly<Record<string, z.ZodType>>,
  otherKeys: readonly string[],
  of: (inner: z.ZodType) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const entries = Object.entries(shape).map(([name, schema]) => [
    name,
    fc.oneof({ arbitrary: of(schema), weight: 4 }, { arbitrary: fc.constant(LEFT_OUT), weight: 1 }),
  ]);
  const undeclared = otherKeys.filter((name) => !Object.hasOwn(shape, name));
  const some = fc.dictionary(fc.constantFrom('extra', ...undeclared), junk, { maxKeys: 2 });
  const extra = fc.oneof({ arbitrary: fc.constant({}), weight: 2 }, { arbitrary: some, weight: 1 });
  return fc
    .tuple(fc.record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>), extra)
    .map(([own, more]) => ({
      ...more,
      ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== LEFT_OUT)),
    }));
}

/** What the schema lets a publisher write: parsed, and as read back from JSON. The same for the same seed. */
export function written(schema: z.ZodType, { otherKeys = [], count = 400, seed = 1 }: Written = {}): unknown[] {
  const values = fc.sample(zodValues(schema, otherKeys), { numRuns: count, seed });
  return values.flatMap((value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [JSON.parse(JSON.stringify(parsed.data)) as unknown] : [];
  });
}

export interface Written {
  readonly otherKeys?: readonly string[];
  readonly count?: number;
  readonly seed?: number;
}
