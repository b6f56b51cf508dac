import * as z from 'zod';
import { defineTable } from '../../../projections/tables/define-table.ts';
import { defineTables } from '../../../projections/tables/table-projection.ts';

const follower = z.object({ userId: z.string(), followerId: z.string(), since: z.iso.datetime({ offset: true }) });

export const newFollowers = defineTables({
  tables: {
    followers: defineTable({
      row: follower,
      key: { partition: 'userId', sort: 'followerId' },
      indexes: { newest: { partition: 'userId', sort: 'since' } },
      changedBy: 'one-key',
      belongsTo: ['userId', 'followerId'],
    }),
  },
  on: {
    followed({ data: { followerId, followeeId: userId, followedAt } }, { followers }) {
      followers.change({ userId, followerId }, () => ({ since: new Date(followedAt).toISOString() }));
    },
    unfollowed({ data: { followerId, followeeId: userId } }, { followers }) {
      followers.remove({ userId, followerId });
    },
  },
  queries: ({ list }) => ({
    'new-followers': list({
      path: '/users/{userId}/new-followers',
      summary: 'List who follows a user, newest first',
      access: 'user',
      input: z.object({ userId: z.string() }),
      item: follower.omit({ userId: true }),
      read: ({ followers }, { userId }, page) =>
        followers.list({ index: 'newest', partition: userId, order: 'descending', ...page }),
    }),
  }),
});
