import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openQueries } from './queries.ts';
import { refusesTexts } from './text-inputs.ts';

const refusing: Readonly<Record<string, z.ZodType>> = {
  'an integer': z.int(),
  'an optional one': z.int().min(1).optional(),
  'one with a default': z.int().default(3),
  'a number that may be null': z.number().nullable(),
  'a number with a check of its own': z.number().refine(() => true),
  'a readonly number': z.number().readonly(),
  'a flag': z.boolean().optional(),
  'a bigint': z.bigint(),
  'a date': z.date(),
  'a literal number': z.literal([1, 2]),
  'an enumeration of numbers': z.enum({ low: 1, high: 2 }),
  'a union of numbers and flags': z.union([z.int(), z.boolean()]),
  'a number that is converted to a text': z.int().transform(String),
  'a number that was optional': z.int().optional().nonoptional(),
};

const accepting: Readonly<Record<string, readonly [z.ZodType, text: string]>> = {
  'a text': [z.string().optional(), 'a'],
  'a day': [z.iso.date(), '2020-01-01'],
  'a coerced number': [z.coerce.number().int().min(1).optional(), '7'],
  'a coerced flag': [z.coerce.boolean(), 'true'],
  'a coerced bigint': [z.coerce.bigint(), '7'],
  'a coerced date': [z.coerce.date(), '2020-01-01'],
  'the word of a flag': [z.stringbool(), 'true'],
  'a text that is converted': [z.string().transform(Number).pipe(z.int()), '7'],
  'anything that is converted': [z.preprocess(Number, z.int()), '7'],
  'a codec': [z.codec(z.string(), z.int(), { decode: Number, encode: String }), '7'],
  'a union with a text': [z.union([z.int(), z.literal('all')]), 'all'],
  'literals of both kinds': [z.literal([1, 'all']), 'all'],
  'an enumeration of texts': [z.enum(['low', 'high']), 'low'],
  'a number, or else another': [z.int().catch(3), 'a'],
  'a check of its own': [z.custom<number>((value) => value === '7'), '7'],
  'whatever it is': [z.unknown(), 'a'],
  'a schema that is made later': [z.lazy(() => z.string()), 'a'],
};

const texts = ['', 'a', '7', '0', 'true', 'null', '2020-01-01', '2020-01-01T00:00:00Z'];

describe('an input of a query', () => {
  it.each(Object.entries(refusing))('that refuses every text is refused: %s', (_, schema) => {
    expect(texts.filter((text) => schema.safeParse(text).success)).toEqual([]);
    expect(refusesTexts(schema)).toBe(true);
  });

  it.each(Object.entries(accepting))('that accepts a text is accepted: %s', (_, [schema, text]) => {
    expect(schema.safeParse(text).success).toBe(true);
    expect(refusesTexts(schema)).toBe(false);
  });

  it('is looked at when the query is declared, also in its path', () => {
    const declared = (day: z.ZodType, path: '/days' | '/days/{day}') => () =>
      openQueries('days', ({ list }) => {
        const parts = { path, input: z.object({ day }), item: z.object({}), read: async () => ({ items: [] }) };
        return { days: list({ summary: 'List', access: 'everyone', ...parts }) };
      });
    const refused = 'projection days, query days: day arrives as a text';
    expect(declared(z.int().optional(), '/days')).toThrow(refused);
    expect(declared(z.int(), '/days/{day}')).toThrow('z.coerce.number()');
    expect(declared(z.coerce.number().optional(), '/days')).not.toThrow();
    expect(declared(z.coerce.number(), '/days/{day}')).not.toThrow();
  });
});
