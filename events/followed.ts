import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, relationshipId, userId } from './values.ts';

/** A user began to follow another. The key is the follower, so that follow, unfollow and re-follow of one pair keep
 *  their order although each has its own relationship. */
export const followed = defineEvent({
  type: 'followed',
  version: 1,
  owner: 'relationships',
  summary: 'A user started following another.',
  data: z
    .object({ relationshipId, followerId: userId, followeeId: userId, followedAt: instant })
    .refine((data) => data.followerId !== data.followeeId, {
      path: ['followeeId'],
      message: 'users cannot follow themselves',
      params: { code: 'SELF_FOLLOW' },
    }),
  subject: (data) => data.relationshipId,
  partitionKey: (data) => data.followerId,
  examples: [
    {
      relationshipId: '5e0d215eb7492e0565bd574a',
      followerId: '5e0c0fcfce146351faa302c8',
      followeeId: '5e0c13acfcb88255be8b3625',
      followedAt: '2020-01-01T22:46:54.000Z',
    },
  ],
});
