import { openProjectionFile, type ProjectionFile } from '../../adapters/embedded/projection-file.ts';
import { FEED_SCHEMA, FEED_VERSION } from '../../adapters/embedded/feed-file.ts';
import { RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from '../../adapters/embedded/relationship-file.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from '../../adapters/embedded/search-file.ts';
import { openSqliteFeedStore } from '../../adapters/embedded/sqlite-feed-store.ts';
import { openSqliteRelationshipStore } from '../../adapters/embedded/sqlite-relationship-store.ts';
import { openSqliteSearchIndex } from '../../adapters/embedded/sqlite-search-index.ts';
import { addToFeed } from '../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../consumers/index-search.ts';
import { maintainFeed } from '../../consumers/maintain-feed.ts';
import { trackRelationships } from '../../consumers/track-relationships.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { inTransactionFanOut } from '../../consumers/runtime/in-transaction-fan-out.ts';
import type { Tracer } from '../../consumers/runtime/tracer.ts';
import type { ProjectionName } from '../../ports/progress.ts';

/** A projection that is ready to be written: its file, and the consumers that write it. */
export interface OpenProjection {
  readonly file: ProjectionFile;
  readonly consumers: readonly Consumer[];
  readonly feedEntries: () => number;
}

export interface ProjectionSettings {
  readonly feedLength: number;
  readonly celebrityFollowers: number;
}

/** Joins each projection's store to its consumers. */
export const projections: {
  readonly [Name in ProjectionName]: {
    readonly version: number;
    readonly open: (path: string, tracer: Tracer, settings: ProjectionSettings) => OpenProjection;
  };
} = {
  feed: { version: FEED_VERSION, open: openFeed },
  relationships: { version: RELATIONSHIP_VERSION, open: openRelationships },
  search: { version: SEARCH_VERSION, open: openSearch },
};

// A batch this large is one message on AWS as well: 1,000 ids of 24 digits stay far below its limit of 256 KB.
const FOLLOWERS_PER_BATCH = 1000;

function openFeed(path: string, tracer: Tracer, settings: ProjectionSettings): OpenProjection {
  const file = openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA, cacheMiB: 12 });
  const store = openSqliteFeedStore(file, settings.feedLength);
  const fanOut = inTransactionFanOut(addToFeed(store), tracer);
  const { celebrityFollowers } = settings;
  return {
    file,
    consumers: [
      maintainFeed(store),
      distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH }),
    ],
    feedEntries: store.entriesMade,
  };
}

function openRelationships(path: string): OpenProjection {
  const file = openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA });
  return { file, consumers: [trackRelationships(openSqliteRelationshipStore(file))], feedEntries: () => 0 };
}

function openSearch(path: string): OpenProjection {
  const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA, cacheMiB: 12 });
  return { file, consumers: [indexSearch(openSqliteSearchIndex(file))], feedEntries: () => 0 };
}
