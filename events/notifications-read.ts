import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, userId } from './values.ts';

/** A user saw their notifications. */
export const notificationsRead = defineEvent({
  type: 'notifications-read',
  version: 1,
  owner: 'notifications',
  summary: 'A user read their notifications up to a moment.',
  data: z.object({
    userId,
    readUpTo: instant.describe('when the newest of them happened'),
  }),
  subject: (data) => data.userId,
  partitionKey: (data) => data.userId,
  examples: [{ userId: '5e0c13acfcb88255be8b3625', readUpTo: '2020-01-01T22:46:54.000Z' }],
});
