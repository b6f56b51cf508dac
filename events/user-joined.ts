import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, personName, userId, userName } from './values.ts';

/** A person became a user. Raised once per user. The monolith's older releases call it `new-user-joined`. */
export const userJoined = defineEvent({
  type: 'user-joined',
  version: 1,
  owner: 'accounts',
  summary: 'A person became a user.',
  data: z.object({
    userId,
    userName,
    firstName: personName.exactOptional(),
    lastName: personName.exactOptional(),
    joinedAt: instant,
  }),
  about: { userName: 'userId', firstName: 'userId', lastName: 'userId' },
  subject: (data) => data.userId,
  partitionKey: (data) => data.userId,
  examples: [
    {
      userId: '56cab268fd9255c263d2e00e',
      userName: 'ada_l',
      firstName: 'Ada',
      lastName: 'Lovelace',
      joinedAt: '2016-02-22T07:02:00.000Z',
    },
  ],
});
