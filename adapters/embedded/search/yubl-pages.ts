import type { DatabaseSync } from 'node:sqlite';
import type { FeedItem, YublCursor } from '../../../ports/feed-reader.ts';
import type { Page, PageQuery } from '../../../ports/page.ts';
import { countFitting, measuredYubl } from '../../shared/page-fitting.ts';
import { compareNewestFirst } from '../projection/newest-first.ts';
import { placeOf } from './file.ts';

type YublRow = FeedItem & { readonly place: number };

/** Pages of the yubls that contain all of some words. */
export function openYublPages(database: DatabaseSync) {
  const furthest = database.prepare('SELECT places FROM furthest');
  const found = database.prepare(`
    SELECT y.place, lower(hex(y.yubl_id)) AS yublId, lower(hex(y.author_id)) AS authorId, y.text,
      y.posted_at AS postedAt, y.sequence
    FROM yubl_words CROSS JOIN yubl y ON y.place = yubl_words.rowid
    WHERE yubl_words MATCH ? AND yubl_words.rowid <= ? ORDER BY yubl_words.rowid DESC LIMIT ?`);

  return (words: readonly string[], { limit, after }: PageQuery<YublCursor>): Page<FeedItem, YublCursor> => {
    const match = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
    const { places } = furthest.get() as { places: number };
    const behind: YublRow[] = [];
    let upTo = after === undefined ? Number.MAX_SAFE_INTEGER : placeOf(after.sequence) + places;
    // One for the cursor's own yubl and one to know whether there is a next page; more each time if yubls are far from
    // their places, which happens only if a source repeats one sequence many times.
    for (let wanted = limit + 2; ; wanted *= 2) {
      const rows = found.all(match, upTo, wanted) as unknown as YublRow[];
      behind.push(...rows.filter((row) => after === undefined || compareNewestFirst(after, row) < 0));
      const lowest = rows.at(-1)?.place ?? 0;
      // Yubls at lower places have sequences of lower places, so everything at or above `lowest` is complete.
      const complete = behind.reduce((count, row) => (placeOf(row.sequence) >= lowest ? count + 1 : count), 0);
      if (rows.length < wanted || complete > limit) return pageOf(behind, limit);
      upTo = lowest - 1;
    }
  };
}

function pageOf(rows: YublRow[], limit: number): Page<FeedItem, YublCursor> {
  rows.sort(compareNewestFirst);
  const found = rows.slice(0, limit).map(itemOf);
  const items = found.slice(0, countFitting(found, limit, measuredYubl));
  const last = items.at(-1);
  if (rows.length <= items.length || last === undefined) return { items };
  return { items, next: { sequence: last.sequence, yublId: last.yublId } };
}

function itemOf({ yublId, authorId, text, postedAt, sequence }: YublRow): FeedItem {
  return { yublId, authorId, text, postedAt, sequence };
}
