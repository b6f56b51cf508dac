import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineTable } from '../../projections/tables/define-table.ts';
import type { Query } from '../../projections/tables/queries.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { happening, scenario } from './scenario.ts';

const users = defineTable({
  row: z.object({ userId: z.string(), name: z.string().max(5) }),
  key: { partition: 'userId' },
});
const names = scenario(
  'names',
  defineTables({
    tables: { users },
    on: {
      'user-joined': ({ data: { userId, userName } }, tables) =>
        tables.users.change({ userId }, () => ({ name: userName })),
      'user-left': () => {
        throw new Error('boom');
      },
    },
    queries: () => ({}),
  }),
);
const userId = 'a'.repeat(24);
const joinedAt = '2016-02-22T07:02:00.000Z';
const ada = happening('user-joined', { userId, userName: 'Ada', joinedAt });
const long = happening('user-joined', { userId, userName: 'Lovelace', joinedAt });
const gone = happening('user-left', { userId });

describe('what happens', () => {
  it.each([
    [
      'a text that is no id',
      () => happening('user-left', { userId: 'a' }),
      /^happening user-left: data\.userId is refused/,
    ],
    [
      'a field that is missing',
      // @ts-expect-error: so does the compiler.
      () => happening('user-joined', { userId, joinedAt }),
      /^happening user-joined: data\.userName is missing$/,
    ],
    [
      'a user who follows themselves',
      () =>
        happening('followed', { relationshipId: userId, followerId: userId, followeeId: userId, followedAt: joinedAt }),
      /^happening followed: data\.followeeId is refused: users cannot follow themselves$/,
    ],
    [
      'an unknown type',
      // @ts-expect-error: so does the compiler.
      () => happening('user-gone', { userId }),
      /^happening user-gone: the catalog has no such type$/,
    ],
  ])('is refused as at the door: %s', (_, happen, reason) => {
    expect(happen).toThrow(reason);
  });

  it('is what the door makes of it', () => {
    const { data } = happening('user-joined', { userId, userName: 'a\ud800', joinedAt: '2016-02-22t07:02:00z' });
    expect(data).toEqual({ userId, userName: 'a\ufffd', joinedAt });
  });
});

describe('a scenario', () => {
  it('ends with the rows that are there', async () => {
    await names.given().thenRows({ users: [] });
    await names.given(ada).thenRows({ users: [{ userId, name: 'Ada' }] });
    await names
      .given()
      .when(ada)
      .thenRows({ users: [{ name: 'Ada', userId }] });
  });

  it.each([
    [[]],
    [[{ userId, name: 'ada' }]],
    [
      [
        { userId, name: 'Ada' },
        { userId: 'b', name: 'Bob' },
      ],
    ],
  ])('does not end with others: %j', async (rows) => {
    await expect(names.given().when(ada).thenRows({ users: rows })).rejects.toThrow(
      /^rows of users, SQLite: expected .* to deeply equal/,
    );
  });

  it('knows the tables', async () => {
    // @ts-expect-error: so does the compiler.
    const misspelt = names.given().thenRows({ user: [] });
    await expect(misspelt).rejects.toThrow('projection names: it has no table user, only users');
    // @ts-expect-error: it knows their rows as well.
    await expect(names.given(ada).thenRows({ users: [{ userId, nam: 'Ada' }] })).rejects.toThrow('deeply equal');
  });

  it('tells what is refused from what is not', async () => {
    await names.given(ada).when(long).thenFails('ROW_INVALID');
    await expect(names.given(ada).when(long).thenFails('TABLE_MISUSED')).rejects.toThrow(
      /^failure of the last event, SQLite: expected 'ROW_INVALID .* to contain 'TABLE_MISUSED'$/,
    );
    await expect(names.given(ada).thenFails('ROW_INVALID')).rejects.toThrow('ROW_INVALID');
  });

  it('fails by an event before the last', async () => {
    const refused = 'SQLite: user-joined, event 1 of 2, fails: ROW_INVALID';
    await expect(names.given(long).when(ada).thenRows({ users: [] })).rejects.toThrow(refused);
    await expect(names.given(long).when(ada).thenFails('ROW_INVALID')).rejects.toThrow('event 1 of');
  });

  it('fails by the last event', async () => {
    const refused = 'SQLite: user-joined, event 1 of 1, fails: ROW_INVALID';
    await expect(names.given().when(long).thenRows({ users: [] })).rejects.toThrow(refused);
    await expect(names.given(ada, gone).thenRows({ users: [] })).rejects.toMatchObject({
      message: expect.stringMatching(/^SQLite: user-left, event 2 of 2, fails: Error: boom$/),
      cause: new Error('boom'),
    });
  });
});

describe('a scenario of a projection that is declared wrongly', () => {
  const input = z.object({ userId: z.string() });
  const parts = { path: '/names/{userId}', summary: 'Get a name', access: 'everyone', input } as const;
  const declared = (query: Partial<Omit<Query, 'answer' | 'isList' | 'read'>>) =>
    scenario(
      'names',
      defineTables({
        tables: { users },
        on: {},
        queries: ({ one }) => ({
          name: one({ ...parts, ...query, output: z.object({}), read: async () => undefined }),
        }),
      }),
    );

  it.each([
    ['of is not in its path, so it must be optional', { input: input.extend({ of: z.string() }) }],
    ['its path has {userId}, but its input has not', { input: z.object({}) }],
    ['only a path with {userId} belongs to a user', { path: '/names', access: 'user', input: z.object({}) }],
    ['most arrives as a text', { input: input.extend({ most: z.int().optional() }) }],
  ] as const)('is refused: %s', (reason, query) => {
    expect(() => declared({})).not.toThrow();
    expect(() => declared(query)).toThrow(`projection names, query name: ${reason}`);
  });

  it('is refused for its tables', () => {
    const tables = { users: { ...users, partition: 'nothing' } };
    expect(() => scenario('names', defineTables({ tables, on: {}, queries: () => ({}) }))).toThrow(
      'the key nothing is no field of its rows',
    );
  });
});
