import { expect, test } from 'vitest';
import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import { formatIncludes, formatNames } from './string-formats.ts';

// zod is the reference: a format includes another if it accepts every text that the other accepts.

const times = ['10:20', '10:20:30', '10:20:30.1', '10:20:30.123', '10:20:30.123456'];
const zones = ['', 'Z', '+01:00', '-23:59'];
const instants = times.flatMap((time) => zones.map((zone) => `2020-01-01T${time}${zone}`));
const uuids = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((version) => `6ba7b810-9dad-${version}1d1-80b4-00c04fd430c8`);
const others = ['00000000-0000-0000-0000-000000000000', '6ba7b810-9dad-01d1-00b4-00c04fd430c8'];
const texts = [...instants, ...times, ...uuids, ...others];

const precisions = [undefined, -1, 0, 1, 3, 6];
const schemas: z.ZodType[] = [
  ...precisions.flatMap((precision) =>
    [true, false].flatMap((offset) =>
      [true, false].map((local) => z.iso.datetime({ offset, local, ...defined({ precision }) })),
    ),
  ),
  ...precisions.map((precision) => z.iso.time(precision === undefined ? {} : { precision })),
  z.uuid(),
  z.guid(),
  ...(['v1', 'v4', 'v7', 'v8'] as const).map((version) => z.uuid({ version })),
];

const named = schemas.map((schema) => {
  const { format, pattern } = z.toJSONSchema(schema);
  return { schema, name: formatNames()(format, pattern) ?? 'none' };
});

test('every built-in format has a name of its own', () => {
  expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
  expect(named.map(({ name }) => name)).not.toContain('none');
});

test('any other pattern has none', () => {
  expect(formatNames()('email', '^x@')).toBeUndefined();
  expect(formatNames()(undefined, '^[0-9a-f]{24}$')).toBeUndefined();
});

test.each(named.map(({ name, schema }) => [name, schema] as const))('%s includes what zod says', (outer, reader) => {
  const contradictions = named.filter(({ name: inner, schema: writer }) => {
    const takesAll = texts.every((text) => !writer.safeParse(text).success || reader.safeParse(text).success);
    const comparable = outer.split(';')[0] === inner.split(';')[0];
    return formatIncludes(outer, inner) ? !takesAll : comparable && takesAll;
  });
  expect(contradictions.map(({ name }) => name)).toEqual([]);
});
