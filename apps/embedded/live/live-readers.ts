import type { ProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import {
  openProjectionProgress,
  type ProjectionProgressReader,
} from '../../../adapters/embedded/projection/progress.ts';
import { openSqliteFeedReader } from '../../../adapters/embedded/feed/reader.ts';
import { openSqliteRelationshipReader } from '../../../adapters/embedded/relationships/reader.ts';
import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import type { ParkedReader } from '../../../ports/parking-lot.ts';
import { type ProjectionName, projectionNames } from '../../../ports/progress.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import type { SearchReader } from '../../../ports/search-reader.ts';
import type { Logger } from '../../logger.ts';
import { searchClient } from './search-client.ts';
import { lazyThread, startThread } from '../threads/threads.ts';

/** The reading side of the versions that are live. Whoever holds one of these readers reads the new version from the swap on. */
export interface LiveReaders {
  readonly feeds: FeedReader;
  readonly relationships: RelationshipReader;
  readonly search: SearchReader;
  readonly progress: readonly Pick<ProjectionProgressReader, 'stepsOf'>[];
  /** Of this moment: after a swap they are of other files. */
  lots(): Readonly<Record<ProjectionName, ParkedReader>>;
  /** Opens the files that are to be live; nothing reads them yet. */
  prepare(paths: Partial<Record<ProjectionName, string>>): Promise<PreparedReaders>;
  close(): Promise<void>;
}

export interface PreparedReaders {
  /** At once and for all of them together. The old files are closed when their last reads are over; resolves then. */
  take(): Promise<void>;
  discard(): Promise<void>;
}

export interface LiveReaderOptions {
  readonly feedLength: number;
  readonly board: Pick<ProgressBoard, 'position'>;
  readonly logger: Logger;
  /** A read has failed: perhaps its file is damaged. */
  readonly failed: (projection: ProjectionName, error: unknown) => void;
}

/** The readers of one version each. Feeds and relationships are read within the call that asks, so they may be closed between
 *  any two of them; a search is answered by another thread. */
interface Versions {
  feed: { readonly feeds: FeedReader } & OpenVersion;
  relationships: { readonly relationships: RelationshipReader } & OpenVersion;
  search: { readonly search: SearchReader; isUsed(): boolean; warmUp(): Promise<void> } & OpenVersion;
}

interface OpenVersion {
  readonly progress: ProjectionProgressReader;
  close(): Promise<void> | void;
}

export function openLiveReaders(
  paths: Readonly<Record<ProjectionName, string>>,
  options: LiveReaderOptions,
): LiveReaders {
  const versions: Versions = {
    feed: openFeed(paths.feed, options),
    relationships: openRelationships(paths.relationships),
    search: openSearch(paths.search, options.logger),
  };
  const watched = <Answer>(projection: ProjectionName, answer: Promise<Answer>): Promise<Answer> => {
    answer.catch((error: unknown) => options.failed(projection, error));
    return answer;
  };

  return {
    feeds: delegatingFeeds(() => versions.feed.feeds, watched),
    relationships: delegatingRelationships(() => versions.relationships.relationships, watched),
    search: {
      users: (text, query) => watched('search', versions.search.search.users(text, query)),
      yubls: (text, query) => watched('search', versions.search.search.yubls(text, query)),
    },
    progress: projectionNames.map((name) => ({
      stepsOf: (correlationId, upTo) => versions[name].progress.stepsOf(correlationId, upTo),
    })),
    lots: () => ({
      feed: versions.feed.progress.parkedReader(),
      relationships: versions.relationships.progress.parkedReader(),
      search: versions.search.progress.parkedReader(),
    }),
    async prepare({ feed, relationships, search }) {
      const opened: Partial<Versions> = {};
      const openNames = () => projectionNames.filter((name) => opened[name] !== undefined);
      const discard = () => closeAll(openNames().flatMap((name) => opened[name] ?? []));
      try {
        if (feed !== undefined) opened.feed = openFeed(feed, options);
        if (relationships !== undefined) opened.relationships = openRelationships(relationships);
        if (search !== undefined) opened.search = openSearch(search, options.logger);
        // The first search after the swap is not to be the one that waits for a thread.
        if (versions.search.isUsed()) await opened.search?.warmUp();
      } catch (error) {
        await discard();
        throw error;
      }
      return {
        take() {
          const old = openNames().map((name) => versions[name]);
          Object.assign(versions, opened);
          return closeAll(old);
        },
        discard,
      };
    },
    close: () => closeAll(Object.values(versions)),
  };
}

async function closeAll(versions: readonly OpenVersion[]): Promise<void> {
  await Promise.all(versions.map(async (version) => version.close()));
}

function openFeed(path: string, { feedLength, board }: LiveReaderOptions): Versions['feed'] {
  const feeds = openSqliteFeedReader({ path, feedLength, position: () => board.position('feed') });
  return { feeds, ...withProgress(path, () => feeds.close()) };
}

function openRelationships(path: string): Versions['relationships'] {
  const relationships = openSqliteRelationshipReader(path);
  return { relationships, ...withProgress(path, () => relationships.close()) };
}

function openSearch(path: string, logger: Logger): Versions['search'] {
  const thread = lazyThread(async () => {
    try {
      return await startThread(new URL('search-thread.ts', import.meta.url), { path }, logger);
    } catch (error) {
      throw storageError(error, path);
    }
  });
  const search = searchClient(thread);
  async function close(): Promise<void> {
    await search.answered();
    await thread.stop();
  }
  return {
    search,
    isUsed: thread.started,
    warmUp: async () => void (await thread.get()),
    ...withProgress(path, close),
  };
}

function withProgress(path: string, close: () => Promise<void> | void): OpenVersion {
  const progress = openProjectionProgress(path);
  return {
    progress,
    close() {
      progress.close();
      return close();
    },
  };
}

type Watched = <Answer>(projection: ProjectionName, answer: Promise<Answer>) => Promise<Answer>;

function delegatingFeeds(live: () => FeedReader, watched: Watched): FeedReader {
  return {
    feed: (userId, query) => watched('feed', live().feed(userId, query)),
    feedText: (userId, query) => watched('feed', live().feedText(userId, query)),
    yubl: (yublId) => watched('feed', live().yubl(yublId)),
    yublsOf: (userId, query) => watched('feed', live().yublsOf(userId, query)),
    yublCount: (userId) => watched('feed', live().yublCount(userId)),
  };
}

function delegatingRelationships(live: () => RelationshipReader, watched: Watched): RelationshipReader {
  const name = 'relationships';
  return {
    user: (userId) => watched(name, live().user(userId)),
    followers: (userId, query) => watched(name, live().followers(userId, query)),
    following: (userId, query) => watched(name, live().following(userId, query)),
    followingSince: (followerId, followeeId) => watched(name, live().followingSince(followerId, followeeId)),
    mostFollowed: (limit) => watched(name, live().mostFollowed(limit)),
    totals: () => watched(name, live().totals()),
  };
}
