import * as z from 'zod';
import { counting } from '../../projections/tables/counting.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';
import { tagsIn } from './tags.ts';

const tag = z.object({ day: z.iso.date(), tag: z.string(), yubls: z.int().min(1) });

/** How many yubls of a day have a hashtag, the most used ones first. Deleted yubls and those of users who left do not
 *  count. */
export const trendingTags = defineTables({
  tables: {
    tags: defineTable({
      row: tag,
      key: { partition: 'day', sort: 'tag' },
      indexes: { most_used: { partition: 'day', sort: 'yubls' } },
    }),
    // What a deletion takes back: it names nothing but the yubl.
    yubls: defineTable({
      row: z.object({ yublId: z.string(), authorId: z.string(), day: z.iso.date(), tags: z.array(z.string()) }),
      key: { partition: 'yublId' },
      changedBy: 'one-key',
      belongsTo: 'authorId',
    }),
  },
  on: {
    'yubl-posted'({ data: { yublId, authorId, text, postedAt } }, { tags, yubls }) {
      const found = tagsIn(text);
      if (found.length === 0) return;
      const day = new Date(postedAt).toISOString().slice(0, 10);
      yubls.change({ yublId }, () => ({ authorId, day, tags: found }));
      for (const each of found) tags.change({ day, tag: each }, counting('yubls', 1));
    },
    async 'yubl-deleted'({ data: { yublId } }, { tags, yubls }) {
      const yubl = await yubls.get({ yublId });
      // Even if it is not there: should it arrive later, it is older.
      yubls.remove({ yublId });
      if (yubl === undefined) return;
      for (const each of yubl.tags) tags.change({ day: yubl.day, tag: each }, counting('yubls', -1));
    },
  },
  onLeave: {
    yubls(yubl, { tags }) {
      for (const each of yubl.tags) tags.change({ day: yubl.day, tag: each }, counting('yubls', -1));
    },
  },
  queries: ({ list }) => ({
    trending: list({
      path: '/trending/{day}',
      summary: 'List the hashtags of a day, most used first',
      access: 'everyone',
      input: z.object({ day: z.iso.date() }),
      item: tag.omit({ day: true }),
      read: ({ tags }, { day }, page) =>
        tags.list({ index: 'most_used', partition: day, order: 'descending', ...page }),
    }),
  }),
});
