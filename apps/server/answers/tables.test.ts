import { expect, test } from 'vitest';
import * as z from 'zod';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import { defineTable } from '../../../projections/tables/define-table.ts';
import type { TableReader } from '../../../projections/tables/queries.ts';
import { defineTables } from '../../../projections/tables/table-projection.ts';
import { tableAnswers } from './tables.ts';

const visit = z.object({ place: z.string(), day: z.string(), times: z.int() });
const parts = { summary: 'List', access: 'everyone', item: visit } as const;
const atLeast = z.coerce.number().optional();

const answers = tableAnswers(
  openTableProjection(
    'visits',
    defineTables({
      tables: { visits: defineTable({ row: visit, key: { partition: 'place', sort: 'day' } }) },
      on: {},
      queries: ({ list }) => ({
        all: list({ ...parts, path: '/visits', input: z.object({ atLeast }), read: async () => ({ items: [] }) }),
        visit: list({
          ...parts,
          path: '/visits/{place}/{day}',
          input: z.object({ place: z.string(), day: z.string(), atLeast }),
          read: async () => ({ items: [] }),
        }),
      }),
    }),
  ),
);

/** What the reader of the tables is asked for. */
async function asked(query: string, keys: readonly string[], further: Readonly<Record<string, string>> = {}) {
  let input: object | undefined;
  const reader: TableReader = {
    async ask(_, given) {
      input = given;
      return { items: [] };
    },
    row: async () => undefined,
  };
  await answers[query]?.(reader, { key: keys[0] ?? '', limit: 5, input: { keys, further } });
  return input;
}

test('a query takes as many keys as its path has parameters, and optional ones by name', async () => {
  expect(await asked('all', [])).toEqual({});
  expect(await asked('all', [], { atLeast: '3' })).toEqual({ atLeast: 3 });
  expect(await asked('visit', ['a/b', '1'], { atLeast: '3' })).toEqual({ place: 'a/b', day: '1', atLeast: 3 });
});

test.each([
  ['all needs: no key', () => asked('all', ['a'])],
  ['visit needs: place day', () => asked('visit', ['a'])],
  ['visit needs: place day', () => asked('visit', ['a', 'b', 'c'])],
  ['no optional parameter atLeats: choose atLeast', () => asked('visit', ['a', 'b'], { atLeats: '3' })],
  ['atLeast', () => asked('all', [], { atLeast: 'many' })],
])('other parameters are refused: %s', async (reason, asking) => {
  const refused = { code: 'REQUEST_INVALID', message: expect.stringContaining(reason) };
  await expect(asking()).rejects.toMatchObject(refused);
});
