import * as z from 'zod';
import { utcInstant } from '../../events/instant.ts';
import { instant } from '../../events/values.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';

const notification = z.object({ userId: z.string(), followerId: z.string(), followedAt: instant });

/** Tells users who has followed them. Users who unfollow or leave are no longer listed. */
export const notifications = defineTables({
  tables: {
    notifications: defineTable({
      row: notification,
      key: { partition: 'userId', sort: 'followerId' },
      indexes: { newest: { partition: 'userId', sort: 'followedAt' } },
      changedBy: 'one-key',
      belongsTo: ['userId', 'followerId'],
    }),
    inboxes: defineTable({
      row: z.object({ userId: z.string(), readUpTo: instant }),
      key: { partition: 'userId' },
      changedBy: 'one-key',
      belongsTo: 'userId',
    }),
  },
  on: {
    followed({ data: { followerId, followeeId: userId, followedAt } }, { notifications: all }) {
      all.change({ userId, followerId }, () => ({ followedAt: inUtc(followedAt) }));
    },
    unfollowed({ data: { followerId, followeeId: userId } }, { notifications: all }) {
      all.remove({ userId, followerId });
    },
    'notifications-read'({ data: { userId, readUpTo } }, { inboxes }) {
      const now = inUtc(readUpTo);
      inboxes.change({ userId }, (inbox) => (inbox !== undefined && inbox.readUpTo >= now ? inbox : { readUpTo: now }));
    },
  },
  queries: ({ list }) => ({
    notifications: list({
      path: '/users/{userId}/notifications',
      summary: 'List who has followed a user, newest first',
      access: 'user',
      input: z.object({ userId: z.string() }),
      item: notification.omit({ userId: true }).extend({ isRead: z.boolean() }),
      async read({ notifications: all, inboxes }, { userId }, page) {
        const inbox = await inboxes.get({ userId });
        const found = await all.list({ index: 'newest', partition: userId, order: 'descending', ...page });
        const isRead = ({ followedAt }: { followedAt: string }) => followedAt <= (inbox?.readUpTo ?? '');
        return { ...found, items: found.items.map((item) => ({ ...item, isRead: isRead(item) })) };
      },
    }),
  }),
});

/** In a form whose texts sort like the moments. */
function inUtc(moment: string): string {
  return utcInstant(moment) ?? moment;
}
