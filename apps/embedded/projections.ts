import type { ProjectionBuild } from '../../adapters/embedded/build/file.ts';
import { createFeedBuild } from '../../adapters/embedded/feed/build.ts';
import { openProjectionFile, type ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import { FEED_SCHEMA, FEED_VERSION } from '../../adapters/embedded/feed/file.ts';
import { createRelationshipBuild } from '../../adapters/embedded/relationships/build.ts';
import { RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from '../../adapters/embedded/relationships/file.ts';
import { createSearchBuild } from '../../adapters/embedded/search/build.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from '../../adapters/embedded/search/file.ts';
import { openSqliteFeedStore } from '../../adapters/embedded/feed/store.ts';
import { openSqliteRelationshipStore } from '../../adapters/embedded/relationships/store.ts';
import { openSqliteSearchIndex } from '../../adapters/embedded/search/search-index.ts';
import { addToFeed } from '../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../consumers/index-search.ts';
import { maintainFeed } from '../../consumers/maintain-feed.ts';
import { trackRelationships } from '../../consumers/track-relationships.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { inTransactionFanOut, untracedFanOut } from '../../consumers/runtime/in-transaction-fan-out.ts';
import type { Tracer } from '../../consumers/runtime/tracer.ts';
import type { FanOut } from '../../ports/fan-out.ts';
import type { FeedStore } from '../../ports/feed-store.ts';
import type { ProjectionName } from '../../ports/progress.ts';

/** A projection that is ready to be written: its file, and the consumers that write it. */
export interface OpenProjection {
  readonly file: ProjectionFile;
  readonly consumers: readonly Consumer[];
  readonly feedEntries: () => number;
}

/** A projection that is built in memory, by the same consumers, and written as a whole. */
export interface BuiltProjection {
  readonly build: ProjectionBuild;
  readonly consumers: readonly Consumer[];
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
    readonly build: (settings: ProjectionSettings) => BuiltProjection;
  };
} = {
  feed: { version: FEED_VERSION, open: openFeed, build: buildFeed },
  relationships: { version: RELATIONSHIP_VERSION, open: openRelationships, build: buildRelationships },
  search: { version: SEARCH_VERSION, open: openSearch, build: buildSearch },
};

// A batch this large is one message on AWS as well: 1,000 ids of 24 digits stay far below its limit of 256 KB.
const FOLLOWERS_PER_BATCH = 1000;

function openFeed(path: string, tracer: Tracer, settings: ProjectionSettings): OpenProjection {
  const file = openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA, cacheMiB: 12 });
  const store = openSqliteFeedStore(file, settings.feedLength);
  const fanOut = inTransactionFanOut(addToFeed(store), tracer);
  return { file, consumers: feedConsumers(store, fanOut, settings), feedEntries: store.entriesMade };
}

function buildFeed(settings: ProjectionSettings): BuiltProjection {
  const build = createFeedBuild(settings.feedLength);
  const fanOut = untracedFanOut(addToFeed(build));
  return { build, consumers: feedConsumers(build, fanOut, settings) };
}

function feedConsumers(store: FeedStore, fanOut: FanOut, { celebrityFollowers }: ProjectionSettings): Consumer[] {
  return [
    maintainFeed(store),
    distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: FOLLOWERS_PER_BATCH }),
  ];
}

function openRelationships(path: string): OpenProjection {
  const file = openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA });
  return { file, consumers: [trackRelationships(openSqliteRelationshipStore(file))], feedEntries: () => 0 };
}

function buildRelationships(): BuiltProjection {
  const build = createRelationshipBuild();
  return { build, consumers: [trackRelationships(build)] };
}

function openSearch(path: string): OpenProjection {
  const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA, cacheMiB: 12 });
  return { file, consumers: [indexSearch(openSqliteSearchIndex(file))], feedEntries: () => 0 };
}

function buildSearch(): BuiltProjection {
  const build = createSearchBuild();
  return { build, consumers: [indexSearch(build)] };
}
