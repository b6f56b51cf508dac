import { defined } from '../../events/defined.ts';
import { openSqliteFeedReader } from '../../adapters/embedded/feed/reader.ts';
import type { FeedCursor } from '../../ports/feed-reader.ts';
import { expectEqual } from '../harness/benchmark.ts';
import type { NaiveFeeds } from './naive-feeds.ts';

/** Reads the feeds of the naive model, page by page to their ends, and compares them. */
export async function compareFeeds(file: string, { feeds }: NaiveFeeds): Promise<void> {
  const reader = openSqliteFeedReader({ path: file, feedLength: 800 });
  for (const [userId, expected] of feeds) {
    const found: string[] = [];
    let after: FeedCursor | undefined;
    do {
      const page = await reader.feed(userId, { limit: 200, ...defined({ after }) });
      found.push(...page.items.map(({ yublId }) => yublId));
      after = page.next;
    } while (after !== undefined);
    expectEqual(`feed of ${userId}`, found.join(' '), expected.join(' '));
  }
  reader.close();
}
