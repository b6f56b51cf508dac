import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../consumers/maintain-feed.ts';
import type { Handler } from '../../../consumers/runtime/consumer.ts';
import type { EventType } from '../../../events/catalog.ts';
import { feedContract, type FeedSettings, type FeedUnderTest } from '../../../ports/contracts/feed.contract.ts';
import { feedModel } from '../../../projections/feed/feed.model.ts';
import { FEED_SCHEMA, FEED_VERSION } from './file.ts';
import { openProjectionFile } from '../projection/file.ts';
import { openSqliteFeedReader } from './reader.ts';
import { openSqliteFeedStore } from './store.ts';

feedContract({
  name: 'SQLite',
  newPlace() {
    const place = mkdtempSync(join(tmpdir(), 'figtree-feed-'));
    return { place, remove: () => rmSync(place, { recursive: true }) };
  },
  open: openFeed,
  model: feedModel,
});

async function openFeed(place: string, { feedLength, celebrityFollowers }: FeedSettings): Promise<FeedUnderTest> {
  const path = join(place, 'feed.db');
  const file = openProjectionFile({ path, version: FEED_VERSION, schema: FEED_SCHEMA });
  const store = openSqliteFeedStore(file, feedLength);
  const consumer = addToFeed(store);
  const fanOut = {
    send: async (message: Parameters<typeof consumer.handle>[0]) => void (await consumer.handle(message)),
  };
  const consumers = [maintainFeed(store), distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: 2 })];
  const reader = openSqliteFeedReader({ path, feedLength });
  const context = { replay: false, log: { debug() {}, info() {}, warn() {}, error() {} } };

  async function handle(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      for (const { on } of consumers) {
        const handler = on[event.type] as unknown as Handler<EventType> | undefined;
        await handler?.(event, context);
      }
    }
  }

  return {
    reader,
    async apply(events) {
      await file.commit(async () => {
        await handle(events);
        return file.checkpoint() + events.length;
      });
    },
    async applyAndUndo(events) {
      const undone = file.commit(async () => {
        await handle(events);
        throw new Error('undone');
      });
      await undone.catch(() => undefined);
    },
    async close() {
      reader.close();
      file.close();
    },
  };
}
