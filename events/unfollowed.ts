import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { relationshipId, userId } from './values.ts';

/** A user stopped following another. Unfollowing a user who is not followed changes nothing. */
export const unfollowed = defineEvent({
  type: 'unfollowed',
  version: 1,
  owner: 'relationships',
  summary: 'A user stopped following another.',
  data: z.object({ relationshipId, followerId: userId, followeeId: userId }),
  subject: (data) => data.relationshipId,
  partitionKey: (data) => data.followerId,
  examples: [
    {
      relationshipId: '5e0d215eb7492e0565bd574a',
      followerId: '5e0c0fcfce146351faa302c8',
      followeeId: '5e0c13acfcb88255be8b3625',
    },
  ],
});
