import { camelCase, eventSteps } from './next-steps.ts';
import type { Starter } from './starter.ts';

/** An event about a user, as a draft. */
export function eventStarter(type: string): Starter {
  return { files: new Map([[`events/${type}.ts`, definition(type)]]), nextSteps: eventSteps(type) };
}

function definition(type: string): string {
  return `import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, userId } from './values.ts';

/** Say here what has happened, and why its key is the right one: events of one key are handled in order. */
export const ${camelCase(type)} = defineEvent({
  type: '${type}',
  version: 1,
  status: 'draft',
  owner: 'the team that is responsible',
  summary: 'What has happened, in one sentence.',
  data: z.object({ userId, happenedAt: instant }),
  subject: (data) => data.userId,
  partitionKey: (data) => data.userId,
  examples: [{ userId: '56cab268fd9255c263d2e00e', happenedAt: '2020-01-01T22:46:54.000Z' }],
});
`;
}
