import { camelCase, projectionSteps, registeredName } from './next-steps.ts';
import type { Starter } from './starter.ts';

/** A feature with a projection of tables: how many yubls each user has posted. */
export function projectionStarter(name: string): Starter {
  const folder = `features/${name}`;
  const files = new Map([
    [`${folder}/tables.ts`, tables(name)],
    [`${folder}/projection.ts`, projection(name)],
    [`${folder}/${name}.test.ts`, test(name)],
  ]);
  return { files, nextSteps: projectionSteps(name) };
}

function tables(name: string): string {
  return `import * as z from 'zod';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';

const row = z.object({ userId: z.string(), yubls: z.int().min(1) });

/** How many yubls each user has posted. */
export const ${camelCase(name)} = defineTables({
  tables: {
    users: defineTable({ row, key: { partition: 'userId' }, belongsTo: 'userId' }),
  },
  on: {
    'yubl-posted'({ data: { authorId: userId } }, { users }) {
      users.change({ userId }, (before) => ({ yubls: (before?.yubls ?? 0) + 1 }));
    },
  },
  queries: ({ one }) => ({
    ${name.includes('-') ? `'${name}'` : name}: one({
      path: '/users/{userId}/${name}',
      summary: 'Get how many yubls a user has posted',
      access: 'everyone',
      input: z.object({ userId: z.string() }),
      output: row,
      read: ({ users }, { userId }) => users.get({ userId }),
    }),
  }),
});
`;
}

function projection(name: string): string {
  return `import { tableProjection } from '../../projections/tables/registered-tables.ts';

export const ${camelCase(name)} = tableProjection({
  name: '${registeredName(name)}',
  version: 1,
  summary: 'How many yubls each user has posted',
  queries: ['${name}'],
  source: import.meta.url,
  load: async () => (await import('./tables.ts')).${camelCase(name)},
});
`;
}

function test(name: string): string {
  return `import { it } from 'vitest';
import { happening, scenario } from '../../testing/tables/scenario.ts';
import { ${camelCase(name)} } from './tables.ts';

const story = scenario('${registeredName(name)}', ${camelCase(name)});
const userId = 'a'.repeat(24);
const posted = (digit: string) =>
  happening('yubl-posted', {
    yublId: digit.repeat(24),
    authorId: userId,
    text: 'Hello, figs!',
    postedAt: '2020-01-01T12:00:00Z',
  });

it('counts the yubls of a user', () =>
  story
    .given(posted('b'))
    .when(posted('c'))
    .thenRows({ users: [{ userId, yubls: 2 }] }));

it('keeps nothing of a user who leaves', () =>
  story.given(posted('b')).when(happening('user-left', { userId })).thenRows({ users: [] }));
`;
}
