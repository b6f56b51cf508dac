import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent } from './define-event.ts';

test('a schema that cannot be compiled is interpreted', () => {
  const schema = z.object({
    name: z.string(),
    get inner() {
      return schema.exactOptional();
    },
  });
  expect(() => z.compile(schema, { strict: true })).toThrow(z.ZodCompileUnsupportedError);
  const definition = defineEvent({
    type: 'sample',
    version: 12,
    owner: 'nobody',
    summary: 'A sample.',
    data: schema,
    subject: ({ name }) => name,
    partitionKey: ({ name }) => name,
    examples: [],
  });
  expect(definition.dataschema).toBe('figtree:sample:12');
  const nested = { name: 'a', inner: { name: 'b', inner: { name: 'c' } } };
  expect(definition.safeParse({ ...nested, more: 1 }).data).toStrictEqual(nested);
  expect(definition.safeParse({ name: 'a', inner: { name: 1 } }).error?.issues[0]?.path).toEqual(['inner', 'name']);
});
