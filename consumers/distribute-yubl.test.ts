import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FEED_SCHEMA, FEED_VERSION } from '../adapters/embedded/feed/file.ts';
import { openProjectionFile, type ProjectionFile } from '../adapters/embedded/projection/file.ts';
import { openSqliteFeedReader } from '../adapters/embedded/feed/reader.ts';
import { openSqliteFeedStore } from '../adapters/embedded/feed/store.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import type { FanOut, FanOutMessage } from '../ports/fan-out.ts';
import type { FeedStore } from '../ports/feed-store.ts';
import { sampleEvent } from '../ports/contracts/sample-events.ts';
import { addToFeed } from './add-to-feed.ts';
import { distributeYubl } from './distribute-yubl.ts';
import { handleAlone } from '../testing/consumers/handle-alone.ts';

// The consumer with a real store, and with a fan-out that fails on demand.

const FOLLOWERS = ['5', '6', '7', '8', '9'].map((digit) => digit.repeat(24));
const AT = '2016-02-22T07:02:00.000Z';
const yubl = { ...sampleEvent({ type: 'yubl-posted' }), position: 1, recordedtime: AT } as RecordedEvent<'yubl-posted'>;

let folder: string;
let file: ProjectionFile;
let store: FeedStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-distribute-'));
  const path = join(folder, 'feed.db');
  file = openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA });
  store = openSqliteFeedStore(file, 800);
  await file.commit(async () => {
    for (const followerId of FOLLOWERS) {
      const follows = [{ sequence: '0'.repeat(20), followedAt: AT }];
      const pair = { followerId, followeeId: yubl.data.authorId };
      await store.changeEdge(pair, () => ({ ...pair, follows }));
    }
    return 1;
  });
});

afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

function fanOutThatFailsAt(failing: number): FanOut & { readonly sizes: number[] } {
  const sizes: number[] = [];
  const consumer = addToFeed(store);
  return {
    sizes,
    async send(message: FanOutMessage) {
      sizes.push(message.followers.size);
      if (sizes.length === failing) throw new Error('throttled');
      await consumer.handle(message);
    },
  };
}

async function readersOfTheYubl(): Promise<string[]> {
  const reader = openSqliteFeedReader({ path: join(folder, 'feed.db'), feedLength: 800 });
  const found: string[] = [];
  for (const follower of FOLLOWERS) {
    const { items } = await reader.feed(follower, { limit: 10 });
    if (items.map(({ yublId }) => yublId).join() === yubl.data.yublId) found.push(follower);
  }
  reader.close();
  return found;
}

test('followers are handed on in batches, and all of them get the yubl once', async () => {
  const fanOut = fanOutThatFailsAt(0);
  const handle = handleAlone(distributeYubl(store, fanOut, { celebrityFollowers: 5, batchSizeMax: 2 }));
  await file.commit(async () => (await handle(yubl), 2));
  expect(fanOut.sizes).toEqual([2, 2, 1]);
  expect(await readersOfTheYubl()).toEqual(FOLLOWERS);
});

test('a delivery that failed half-way is made good by the next, where no transaction undid it', async () => {
  const handle = handleAlone(distributeYubl(store, fanOutThatFailsAt(2), { celebrityFollowers: 5, batchSizeMax: 2 }));
  await file.commit(async () => {
    await expect(handle(yubl)).rejects.toThrow('throttled');
    return 2;
  });
  // The second batch is missing: the batches were sent concurrently.
  expect(await readersOfTheYubl()).toEqual([...FOLLOWERS.slice(0, 2), ...FOLLOWERS.slice(4)]);
  await file.commit(async () => (await handle(yubl), 3));
  expect(await readersOfTheYubl()).toEqual(FOLLOWERS);
});

test('the yubl of an author with more followers than the threshold is not fanned out; they see it all the same', async () => {
  const fanOut = fanOutThatFailsAt(0);
  const handle = handleAlone(distributeYubl(store, fanOut, { celebrityFollowers: 4, batchSizeMax: 2 }));
  await file.commit(async () => (await handle(yubl), 2));
  expect(fanOut.sizes).toEqual([]);
  expect(await readersOfTheYubl()).toEqual(FOLLOWERS);
});
