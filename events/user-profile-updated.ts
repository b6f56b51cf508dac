import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { personName, userId, userName } from './values.ts';

/** A user changed their name. Carries the changed fields only; null means that the field was removed. Each field is
 *  last-writer-wins by `sequence`, so a late update does not undo a newer one. */
export const userProfileUpdated = defineEvent({
  type: 'user-profile-updated',
  version: 1,
  owner: 'accounts',
  summary: 'A user changed their user name, first name or last name.',
  data: z.object({
    userId,
    userName: userName.exactOptional(),
    firstName: personName.nullable().exactOptional(),
    lastName: personName.nullable().exactOptional(),
  }),
  about: { userName: 'userId', firstName: 'userId', lastName: 'userId' },
  subject: (data) => data.userId,
  partitionKey: (data) => data.userId,
  examples: [{ userId: '56cab268fd9255c263d2e00e', firstName: 'Augusta Ada', lastName: null }],
});
