import * as z from 'zod';
import { type OpenTableProjection, openTableProjection } from '../../consumers/tables/open-projection.ts';
import { defineTable } from '../../projections/tables/define-table.ts';

const profile = z.object({
  userId: z.string(),
  name: z.string(),
  first: z.string().nullable(),
  changes: z.int(),
  joined: z.boolean(),
  weight: z.number().optional(),
});
const follower = z.object({ userId: z.string(), followerId: z.string(), since: z.string(), times: z.int() });
const following = z.object({ followerId: z.string(), userId: z.string(), times: z.int() });
const word = z.object({ word: z.string(), yubls: z.int() });
const yubl = z.object({ yublId: z.string(), authorId: z.string(), words: z.array(z.string()), length: z.number() });

/** Tables of every kind: rows of one key and of many, that belong to one user, to two or to none, with and without a second
 *  part of their key and indexes; handlers that read, list, change and remove. */
export const sampleProjection: OpenTableProjection = openTableProjection('sample', {
  tables: {
    profiles: defineTable({
      row: profile,
      key: { partition: 'userId' },
      indexes: { by_changes: { sort: 'changes' }, by_weight: { sort: 'weight' } },
      changedBy: 'one-key',
      belongsTo: 'userId',
    }),
    followers: defineTable({
      row: follower,
      key: { partition: 'userId', sort: 'followerId' },
      indexes: { by_since: { partition: 'userId', sort: 'since' } },
      changedBy: 'one-key',
      belongsTo: 'userId',
    }),
    // The same edges, which belong to both users.
    following: defineTable({
      row: following,
      key: { partition: 'followerId', sort: 'userId' },
      changedBy: 'one-key',
      belongsTo: ['followerId', 'userId'],
    }),
    follows: defineTable({
      row: z.object({ userId: z.string(), times: z.int() }),
      key: { partition: 'userId' },
      indexes: { by_times: { sort: 'times' } },
    }),
    words: defineTable({ row: word, key: { partition: 'word' }, indexes: { by_yubls: { sort: 'yubls' } } }),
    yubls: defineTable({ row: yubl, key: { partition: 'yublId' }, belongsTo: 'authorId' }),
  },
  on: {
    'user-joined'({ data: { userId, userName, firstName } }, { profiles }) {
      profiles.change({ userId }, (row) => ({
        name: userName,
        first: firstName ?? null,
        changes: (row?.changes ?? 0) + 1,
        joined: true,
        ...(userName.length % 2 === 0 && { weight: userName.length / 4 - 1 }),
      }));
    },
    'user-profile-updated'({ data: { userId, userName } }, { profiles }) {
      profiles.change({ userId }, (row) => ({
        name: row?.name ?? '',
        first: row?.first ?? null,
        joined: row?.joined ?? false,
        changes: (row?.changes ?? 0) + 1,
        ...(userName === undefined ? {} : { name: userName }),
      }));
    },
    followed({ data: { followerId, followeeId: userId, followedAt } }, { followers, following, follows }) {
      followers.change({ userId, followerId }, (row) => ({ since: followedAt, times: (row?.times ?? 0) + 1 }));
      following.change({ followerId, userId }, (row) => ({ times: (row?.times ?? 0) + 1 }));
      follows.change({ userId }, (row) => ({ times: (row?.times ?? 0) + 1 }));
    },
    async unfollowed({ data: { followerId, followeeId: userId } }, { followers, following, follows }) {
      following.remove({ followerId, userId });
      const row = await followers.get({ userId, followerId });
      if (row === undefined) return;
      followers.remove({ userId, followerId });
      follows.change({ userId }, (all) => less(all, row.times));
    },
    async 'yubl-posted'({ data: { yublId, authorId, text } }, { yubls, words }) {
      // Delivered again it finds itself, and changes nothing.
      if ((await yubls.get({ yublId })) !== undefined) return;
      const found = [...new Set(text.split(' ').filter((each) => each !== ''))];
      yubls.change({ yublId }, () => ({ authorId, words: found, length: text.length / 2 }));
      for (const each of found) words.change({ word: each }, (row) => ({ yubls: (row?.yubls ?? 0) + 1 }));
      // What it has changed it finds as changed.
      const own = await yubls.get({ yublId });
      if (own?.words.length !== found.length) throw new Error('it does not find what it has changed');
    },
    async 'yubl-deleted'({ data: { yublId } }, { yubls, words }) {
      const { items } = await yubls.list({ partition: yublId, limit: 10 });
      for (const row of items) {
        yubls.remove({ yublId });
        for (const each of row.words) words.change({ word: each }, lessYubls);
      }
    },
  },
  onLeave: {
    followers: ({ userId, times }, { follows }) => follows.change({ userId }, (all) => less(all, times)),
    yubls: (row, { words }) => row.words.forEach((each) => words.change({ word: each }, lessYubls)),
  },
  queries: () => ({}),
});

function less(all: { readonly times: number } | undefined, times: number): { times: number } | undefined {
  const left = (all?.times ?? 0) - times;
  return left === 0 ? undefined : { times: left };
}

function lessYubls(row: { readonly yubls: number } | undefined): { yubls: number } | undefined {
  const left = (row?.yubls ?? 0) - 1;
  return left === 0 ? undefined : { yubls: left };
}
