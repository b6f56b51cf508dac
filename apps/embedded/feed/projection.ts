import { auditFeed } from '../../../adapters/embedded/feed/audit.ts';
import { createFeedBuild } from '../../../adapters/embedded/feed/build.ts';
import { FEED_SCHEMA, FEED_VERSION } from '../../../adapters/embedded/feed/file.ts';
import { openSqliteFeedReader } from '../../../adapters/embedded/feed/reader.ts';
import { openSqliteFeedStore } from '../../../adapters/embedded/feed/store.ts';
import { openProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { inTransactionFanOut, untracedFanOut } from '../../../consumers/runtime/in-transaction-fan-out.ts';
import type { FanOut } from '../../../ports/fan-out.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import type { FeedStore } from '../../../ports/feed-store.ts';
import type { EmbeddedProjection, ProjectionSettings } from '../projection.ts';

// On AWS, too, such a batch is one message: 1,000 ids of 24 digits are far below the limit of 256 KB.
const FOLLOWERS_PER_BATCH = 1000;

export const embeddedFeed: EmbeddedProjection<FeedReader> = {
  open(path, tracer, settings) {
    const file = openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA, cacheMiB: 12 });
    const store = openSqliteFeedStore(file, settings.feedLength);
    const fanOut = inTransactionFanOut(addToFeed(store), tracer);
    return { file, consumers: feedConsumers(store, fanOut, settings), feedEntries: store.entriesMade };
  },
  build(settings) {
    const build = createFeedBuild(settings.feedLength);
    return { build, consumers: feedConsumers(build, untracedFanOut(addToFeed(build)), settings) };
  },
  openReader: openSqliteFeedReader,
  audit: auditFeed,
  keys: [{ table: 'user', place: 'number', key: 'user_id', where: 'gone = 0' }],
  // Files of earlier releases kept the text of hidden yubls.
  tidying: 'UPDATE yubl SET item = NULL WHERE hidden = 1 AND item IS NOT NULL',
  explainer: async () => ({ explain: (await import('./explaining.ts')).explainFeed }),
};

function feedConsumers(store: FeedStore, fanOut: FanOut, { celebrityFollowers }: ProjectionSettings): Consumer[] {
  return [
    maintainFeed(store),
    distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH }),
  ];
}
