import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { personal } from '../../events/values.ts';
import { defineTables } from './table-projection.ts';
import { defineTable, type Table } from './define-table.ts';
import { openTables } from './open-tables.ts';
import { openQueries } from './queries.ts';

const row = z.object({
  day: z.string(),
  tag: z.string(),
  count: z.int(),
  flag: z.boolean(),
  extra: z.number().optional(),
});
const sound = defineTable({ row, key: { partition: 'day', sort: 'tag' }, indexes: { by_count: { sort: 'count' } } });

describe('a table', () => {
  it('has a column for each field, by what it holds', () => {
    const kinds = z.object({
      text: z.string(),
      one: z.enum(['a', 'b']),
      whole: z.int(),
      number: z.number(),
      flag: z.boolean().optional(),
      list: z.array(z.string()),
      nothing: z.string().nullable(),
    });
    const [opened] = openTables('p', { kinds: defineTable({ row: kinds, key: { partition: 'text' } }) });
    expect(opened?.layout.columns.map(({ kind, optional }) => [kind, optional])).toEqual([
      ['text', false],
      ['text', false],
      ['integer', false],
      ['number', false],
      ['flag', true],
      ['json', true],
      ['json', true],
    ]);
  });

  // As declared without the compiler's help.
  const bad: [string, Record<string, Table>][] = [
    ['it has no tables', {}],
    ['its name', { Tags: sound }],
    ['its name', { figtree_tags: sound }],
    ['its name', { tags__of: sound }],
    ['the key nothing is no field', { tags: { ...sound, partition: 'nothing' } }],
    ['the key flag is neither a text nor a number', { tags: { ...sound, sort: 'flag' } }],
    ['the key extra is optional', { tags: { ...sound, sort: 'extra' } }],
    ['flag of the index wrong is neither', { tags: { ...sound, indexes: [{ name: 'wrong', sort: 'flag' }] } }],
    ['the index "By" has no valid name', { tags: { ...sound, indexes: [{ name: 'By', sort: 'count' }] } }],
    [
      'more than 20 indexes',
      { tags: { ...sound, indexes: Array.from({ length: 21 }, (_, index) => ({ name: `i${index}`, sort: 'count' })) } },
    ],
    [
      'the key tag is personal',
      {
        tags: { ...sound, changedBy: 'one-key', belongsTo: ['day'], schema: row.extend({ tag: personal(z.string()) }) },
      },
    ],
    ['said is personal', { tags: { ...sound, schema: row.extend({ said: z.array(personal(z.string())) }) } }],
    ['count is not the id of a user', { tags: { ...sound, belongsTo: ['count'] } }],
    ['upper and lower case', { tags: { ...sound, schema: row.extend({ Tag: z.string() }) } }],
    ['letters, digits and underscores', { tags: { ...sound, schema: row.extend({ 'a-b': z.string() }) } }],
    ['not JSON', { tags: { ...sound, schema: row.extend({ at: z.date() }) } }],
  ];
  it.each(bad)('that no engine could keep is refused: %s', (reason, tables) => {
    expect(() => openTables('trending', tables)).toThrow(reason);
    expect(() => openTables('trending', tables)).toThrow('projection trending');
    expect(() => openTables('trending', tables)).toThrow(expect.objectContaining({ code: 'DECLARATION_INVALID' }));
  });
});

describe('a query', () => {
  const input = z.object({ day: z.string().optional() });
  const parts = { summary: 'List', access: 'everyone', input, item: row, read: async () => ({ items: [] }) } as const;

  it.each([
    ['its path has {month}', 'all', { ...parts, path: '/trending/{month}' } as const],
    ['only a path with {userId}', 'all', { ...parts, path: '/trending/{day}', access: 'user' } as const],
    ['is not a path', 'all', { ...parts, path: '/{day}' } as const],
    ['belongs to the server', 'all', { ...parts, path: '/status/{day}' } as const],
    [
      'limit is a parameter',
      'all',
      { ...parts, input: input.extend({ limit: z.string() }), path: '/trending/{day}' } as const,
    ],
    [
      'must be optional',
      'all',
      { ...parts, input: input.extend({ of: z.string() }), path: '/trending/{day}' } as const,
    ],
    ['its name', 'All tags', { ...parts, path: '/trending/{day}' } as const],
  ])('that cannot be asked is refused: %s', (reason, name, query) => {
    const open = () => openQueries('trending', ({ list }) => ({ [name]: list(query) }));
    expect(open).toThrow(reason);
    expect(open).toThrow('projection trending');
    expect(open).toThrow(expect.objectContaining({ code: 'DECLARATION_INVALID' }));
  });
});

it('knows which tables change when a user leaves: those whose rows belong to nobody and are changed by many keys', () => {
  const row = z.object({ userId: z.string(), count: z.int() });
  const key = { partition: 'userId' } as const;
  const tables = {
    counted: defineTable({ row, key }),
    owned: defineTable({ row, key, belongsTo: 'userId' }),
    single: defineTable({ row, key, changedBy: 'one-key' }),
  };
  const declared = defineTables({
    tables,
    on: {},
    onLeave: {
      owned({ userId }, all) {
        all.counted.remove({ userId });
        // @ts-expect-error Its rows are removed when their user leaves.
        all.owned.remove({ userId });
        // @ts-expect-error One key changes its rows, and that is not the one of the event.
        all.single.remove({ userId });
      },
    },
    queries: () => ({}),
  });
  expect(Object.keys(declared.tables)).toEqual(['counted', 'owned', 'single']);
});
