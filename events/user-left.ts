import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { userId } from './values.ts';

/** A user left for good: ObjectIds are never reused, so nothing that arrives later brings them back. */
export const userLeft = defineEvent({
  type: 'user-left',
  version: 1,
  owner: 'accounts',
  summary: 'A user left permanently; their yubls, follows and feed are removed.',
  data: z.object({ userId }),
  subject: (data) => data.userId,
  partitionKey: (data) => data.userId,
  examples: [{ userId: '56cab268fd9255c263d2e00e' }],
});
