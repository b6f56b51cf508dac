import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../../consumers/index-search.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { feedContract, type FeedSettings, type FeedUnderTest } from '../../../ports/contracts/feed.contract.ts';
import { arrivals as feedArrivals, histories as feedHistories } from '../../../ports/contracts/feed-histories.ts';
import { arrivals, histories } from '../../../ports/contracts/histories.ts';
import type { ProjectionEngine, ProjectionUnderTest } from '../../../ports/contracts/projection-under-test.ts';
import { relationshipReaderContract } from '../../../ports/contracts/relationship-reader.contract.ts';
import { relationshipStoreContract } from '../../../ports/contracts/relationship-store.contract.ts';
import { searchIndexContract } from '../../../ports/contracts/search-index.contract.ts';
import { searchIndexReaderContract } from '../../../ports/contracts/search-index-reader.contract.ts';
import type { FanOutMessage } from '../../../ports/fan-out.ts';
import type { FeedStore } from '../../../ports/feed-store.ts';
import { feedModel } from '../../../projections/feed/feed.model.ts';
import { relationshipsModel } from '../../../projections/relationships/relationships.model.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import { searchModel } from '../../../projections/search/search.model.ts';
import type { ProjectionBuild } from './file.ts';
import { createFeedBuild } from '../feed/build.ts';
import { FEED_SCHEMA, FEED_VERSION } from '../feed/file.ts';
import { openProjectionFile, type ProjectionFile } from '../projection/file.ts';
import { createRelationshipBuild } from '../relationships/build.ts';
import { RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from '../relationships/file.ts';
import { createSearchBuild } from '../search/build.ts';
import { SEARCH_SCHEMA, SEARCH_VERSION } from '../search/file.ts';
import { openSqliteFeedReader } from '../feed/reader.ts';
import { openSqliteFeedStore } from '../feed/store.ts';
import { openSqliteRelationshipReader } from '../relationships/reader.ts';
import { openSqliteRelationshipStore } from '../relationships/store.ts';
import { openSqliteSearchIndexReader } from '../search/index-reader.ts';
import { openSqliteSearchIndex } from '../search/search-index.ts';

// The first commit in a new place goes through a build, which is then written to a file; later commits continue with that file in
// the ordinary store. So the ports' contract suites prove that readers see no difference.

interface BuildSpec<Store extends object, Reader> {
  readonly newBuild: () => Store & ProjectionBuild;
  readonly openFile: (path: string) => ProjectionFile;
  readonly openStore: (file: ProjectionFile) => Store;
  readonly openReader: (path: string) => { reader: Reader; close: () => void };
  readonly consumer: (store: Store) => Consumer;
}

function newPlace(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `figtree-${name}-build-`));
  return { place: join(folder, `${name}.db`), remove: () => rmSync(folder, { recursive: true }) };
}

/** A proxy for the object that `current` returns at the time of each call. */
function following<Target extends object>(current: () => Target): Target {
  return new Proxy({} as Target, {
    get(_, name) {
      const value = Reflect.get(current(), name) as unknown;
      return typeof value === 'function' ? (value.bind(current()) as unknown) : value;
    },
  });
}

type Call = readonly [name: string, parameters: readonly unknown[]];

async function openThroughBuild<Store extends object, Reader extends object>(
  spec: BuildSpec<Store, Reader>,
  path: string,
): Promise<ProjectionUnderTest<Store, Reader>> {
  let file: ProjectionFile | undefined;
  let build = spec.newBuild();
  let ordinary: Store | undefined;
  let reading: { reader: Reader; close: () => void } | undefined;
  // A build cannot undo a failed attempt, so it is built again from the calls before that attempt.
  let calls: Call[] = [];

  function openOrdinary(): void {
    file = spec.openFile(path);
    ordinary = spec.openStore(file);
  }
  if (existsSync(path)) openOrdinary();

  async function rebuild(kept: readonly Call[]): Promise<void> {
    build = spec.newBuild();
    for (const [name, parameters] of kept) {
      await (Reflect.get(build, name) as (...all: readonly unknown[]) => unknown)(...parameters);
    }
    calls = [...kept];
  }

  const recording = new Proxy({} as Store, {
    get(_, name) {
      return (...parameters: unknown[]) => {
        if (ordinary === undefined) calls.push([String(name), parameters]);
        const method = Reflect.get(ordinary ?? build, name) as (...all: unknown[]) => unknown;
        return method(...parameters);
      };
    },
  });

  return {
    store: recording,
    reader: following(() => {
      if (!existsSync(path)) spec.newBuild().write(path, 0);
      reading ??= spec.openReader(path);
      return reading.reader;
    }),
    unit: {
      async commit(work) {
        if (file !== undefined) return file.commit(work);
        try {
          build.write(path, await work());
        } catch (error) {
          await rebuild([]);
          throw error;
        }
        reading?.close();
        reading = undefined;
        openOrdinary();
      },
      async attempt(work) {
        if (file !== undefined) return file.attempt(work);
        const before = [...calls];
        try {
          await work();
        } catch (error) {
          await rebuild(before);
          throw error;
        }
      },
    },
    handle: handleAlone(spec.consumer(recording)),
    async close() {
      reading?.close();
      file?.close();
    },
  };
}

function engineOf<Store extends object, Reader extends object>(
  name: string,
  spec: BuildSpec<Store, Reader>,
): ProjectionEngine<Store, Reader> {
  return {
    name: `SQLite, begun by a build of ${name}`,
    transactions: true,
    newPlace: () => newPlace(name),
    open: (path) => openThroughBuild(spec, path),
  };
}

const relationships = engineOf('relationships', {
  newBuild: createRelationshipBuild,
  openFile: (path) => openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA }),
  openStore: openSqliteRelationshipStore,
  openReader(path) {
    const reader = openSqliteRelationshipReader(path);
    return { reader, close: () => reader.close() };
  },
  consumer: trackRelationships,
});
relationshipStoreContract({ ...relationships, model: relationshipsModel });
relationshipReaderContract(relationships);

const search = engineOf('search', {
  newBuild: createSearchBuild,
  openFile: (path) => openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA }),
  openStore: openSqliteSearchIndex,
  openReader(path) {
    const index = openSqliteSearchIndexReader(path);
    return { reader: { index, search: searchReader(index) }, close: () => index.close() };
  },
  consumer: indexSearch,
});
searchIndexContract({ ...search, model: searchModel });
searchIndexReaderContract(search);

function feedHandler(store: FeedStore, celebrityFollowers: number) {
  const toFeeds = addToFeed(store);
  const fanOut = { send: async (message: FanOutMessage) => void (await toFeeds.handle(message)) };
  const consumers = [maintainFeed(store), distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: 2 })];
  const handlers = consumers.map(handleAlone);
  return async (events: readonly RecordedEvent[]) => {
    for (const event of events) for (const handle of handlers) await handle(event);
  };
}

const openFeedFile = (path: string) => openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA });

async function openFeed(path: string, { feedLength, celebrityFollowers }: FeedSettings): Promise<FeedUnderTest> {
  const begun = existsSync(path);
  // Before the first commit, reads need a file as well.
  if (!begun) createFeedBuild(feedLength).write(path, 0);
  let reader = openSqliteFeedReader({ path, feedLength });
  let file = begun ? openFeedFile(path) : undefined;
  const handle = file && feedHandler(openSqliteFeedStore(file, feedLength), celebrityFollowers);
  return {
    reader: following(() => reader),
    async apply(events) {
      if (file !== undefined && handle !== undefined) {
        const { checkpoint } = file;
        return file.commit(async () => (await handle(events), checkpoint() + events.length));
      }
      const build = createFeedBuild(feedLength);
      await feedHandler(build, celebrityFollowers)(events);
      reader.close();
      build.write(path, events.length);
      reader = openSqliteFeedReader({ path, feedLength });
    },
    async applyAndUndo(events) {
      await file
        ?.commit(async () => {
          await handle?.(events);
          throw new Error('undone');
        })
        .catch(() => undefined);
    },
    async close() {
      reader.close();
      file?.close();
      file = undefined;
    },
  };
}

feedContract({
  name: 'SQLite, begun by a build',
  newPlace: () => newPlace('feed'),
  open: openFeed,
  model: feedModel,
});

/** The rows of a file, and the result of SQLite's integrity check. */
function rowsOf(path: string, queries: readonly string[]): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const whole = database.prepare('PRAGMA integrity_check').all();
    return [whole, ...queries.map((query) => database.prepare(query).all())];
  } finally {
    database.close();
  }
}

async function inBothWays(
  name: string,
  queries: readonly string[],
  ways: Record<'build' | 'ordinary', (path: string) => Promise<void>>,
): Promise<void> {
  const { place, remove } = newPlace(name);
  try {
    await ways.build(`${place}.build`);
    await ways.ordinary(`${place}.ordinary`);
    expect(rowsOf(`${place}.build`, queries)).toEqual(rowsOf(`${place}.ordinary`, queries));
    expect(existsSync(`${place}.build.part`)).toBe(false);
  } finally {
    remove();
  }
}

/** Applies the calls in one commit, then closes the file. */
async function handleInFile(file: ProjectionFile, consumer: Consumer, events: readonly RecordedEvent[]): Promise<void> {
  const handle = handleAlone(consumer);
  await file.commit(async () => {
    for (const event of events) await handle(event);
    return events.length;
  });
  file.close();
}

const STATE = 'SELECT position, version FROM figtree_progress';
const SCHEMA = 'SELECT type, name, sql FROM sqlite_schema ORDER BY type, name';

describe('a build', () => {
  it('of relationships leaves the rows that the ordinary way leaves', async () => {
    const queries = [STATE, SCHEMA, 'SELECT * FROM user', 'SELECT * FROM edge', 'SELECT * FROM totals'];
    await fc.assert(
      fc.asyncProperty(histories.chain(arrivals), async (events) => {
        await inBothWays('relationships', queries, {
          async build(path) {
            const build = createRelationshipBuild();
            for (const event of events) await handleAlone(trackRelationships(build))(event);
            build.write(path, events.length);
          },
          async ordinary(path) {
            const file = openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA });
            await handleInFile(file, trackRelationships(openSqliteRelationshipStore(file)), events);
          },
        });
      }),
      { numRuns: randomRuns(20) },
    );
  });

  it('of search leaves the rows that the ordinary way leaves', async () => {
    const queries = [
      STATE,
      SCHEMA,
      'SELECT user_id, names, user_name, first_name_sequence FROM user ORDER BY 1',
      'SELECT initial, name, user_id FROM name',
      'SELECT * FROM gone_user',
      'SELECT yubl_id, author_id, sequence, posted_at, text FROM yubl ORDER BY 1',
      'SELECT yubl_id, place IS NULL FROM yubl_place',
      'SELECT count(*) FROM yubl_words',
    ];
    await fc.assert(
      fc.asyncProperty(histories.chain(arrivals), async (events) => {
        await inBothWays('search', queries, {
          async build(path) {
            const build = createSearchBuild();
            for (const event of events) await handleAlone(indexSearch(build))(event);
            build.write(path, events.length);
          },
          async ordinary(path) {
            const file = openProjectionFile({ path, version: SEARCH_VERSION, schema: SEARCH_SCHEMA });
            await handleInFile(file, indexSearch(openSqliteSearchIndex(file)), events);
          },
        });
      }),
      { numRuns: randomRuns(20) },
    );
  });

  it('of feeds leaves the rows that the ordinary way leaves, but for entries that others push out', async () => {
    const queries = [
      STATE,
      SCHEMA,
      'SELECT number, user_id, gone, pulled, yubls FROM user',
      'SELECT * FROM edge',
      'SELECT * FROM yubl',
      'SELECT yubl FROM hiding ORDER BY yubl',
      'SELECT * FROM feed_total',
    ];
    const settings = fc.record({
      feedLength: fc.constantFrom(1, 3, 100, 170),
      celebrityFollowers: fc.constantFrom(0, 1, 10_000),
    });
    await fc.assert(
      fc.asyncProperty(
        feedHistories.chain(feedArrivals),
        settings,
        async (events, { feedLength, celebrityFollowers }) => {
          await inBothWays('feed', queries, {
            async build(path) {
              const build = createFeedBuild(feedLength);
              await feedHandler(build, celebrityFollowers)(events);
              build.write(path, events.length);
            },
            async ordinary(path) {
              const file = openFeedFile(path);
              const handle = feedHandler(openSqliteFeedStore(file, feedLength), celebrityFollowers);
              await file.commit(async () => (await handle(events), events.length));
              file.close();
            },
          });
        },
      ),
      { numRuns: randomRuns(20) },
    );
  });
});
