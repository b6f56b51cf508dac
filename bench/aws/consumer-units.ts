import { openDynamoFeedStore } from '../../adapters/aws/dynamo/feed/store.ts';
import { openDynamoRelationshipStore } from '../../adapters/aws/dynamo/relationships/store.ts';
import { openDynamoSearchIndex } from '../../adapters/aws/search/dynamo-search-index.ts';
import type { Units } from '../../apps/aws/prices/units.ts';
import type { MeasuredUnits } from './usage-per-million.ts';
import { addToFeed } from '../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../consumers/distribute-yubl.ts';
import { indexSearch } from '../../consumers/index-search.ts';
import { maintainFeed } from '../../consumers/maintain-feed.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { trackRelationships } from '../../consumers/track-relationships.ts';
import type { EventType } from '../../events/catalog.ts';
import type { FanOut } from '../../ports/fan-out.ts';
import { whenStored } from '../../consumers/runtime/when-stored.ts';
import type { EmulatorConfig } from './mini-stack.ts';
import { deleted, followed, joined, left, posted, renamed, unfollowed } from './sample-events.ts';
import { dividedBy, minus, openUnitMeter, type UnitMeter } from './unit-meter.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

const YUBLS = 10;
const AUTHOR = 0;
const UNKNOWN = 9999;

/** Measures the consumers of the functions on an emulator that counts write units as DynamoDB does: by the size of
 *  items, and twice in a transaction. */
export async function measureUnits(config: EmulatorConfig, followers: number): Promise<MeasuredUnits> {
  const opened = {
    relationships: await openUnitMeter(config, 'relationships', (table) => [
      trackRelationships(openDynamoRelationshipStore(table)),
    ]),
    search: await openUnitMeter(config, 'search', (table) => [
      indexSearch(openDynamoSearchIndex(table, async () => {})),
    ]),
    feed: await openUnitMeter(config, 'feed', (table) => feedConsumers(table, followers)),
    pulling: await openUnitMeter(config, 'pulling', (table) => feedConsumers(table, followers - 1)),
  };
  try {
    const { feed, pulling } = opened;
    const relationships = await ofUsers(opened.relationships, followers);
    const follows = await ofFollows(opened.relationships, followers);
    const search = { ...(await ofUsers(opened.search, followers)), ...(await ofYubls(opened.search, UNKNOWN)) };
    const feedFollows = await ofFollows(feed, followers);
    await ofFollows(pulling, followers);
    const alone = await ofYubls(feed, UNKNOWN);
    const handedOn = await feed.each(yubls(AUTHOR, 100));
    // The first of them makes its author a pulled one.
    await pulling.each(yubls(AUTHOR, 0));
    const pulledYubl = await pulling.each(yubls(AUTHOR, 100));
    return {
      events: {
        relationships: { ...relationships, ...follows, ...(await ofEndings(opened.relationships, followers)) },
        search: { ...search, 'user-left': await opened.search.each([left(1)]) },
        feed: { ...feedFollows, ...alone, ...(await ofEndings(feed, followers)) },
      },
      feedEntry: dividedBy(minus(handedOn, alone['yubl-posted']), followers),
      pulledYubl,
    };
  } finally {
    for (const meter of Object.values(opened)) meter.close();
  }
}

type Measured<Type extends EventType> = Record<Type, Units>;

async function ofUsers(meter: UnitMeter, count: number): Promise<Measured<'user-joined' | 'user-profile-updated'>> {
  const users = numbers(count + 1);
  return {
    'user-joined': await meter.each(users.map(joined)),
    'user-profile-updated': await meter.each(users.map(renamed)),
  };
}

/** Many users follow one author. */
async function ofFollows(meter: UnitMeter, followers: number): Promise<Measured<'followed'>> {
  return { followed: await meter.each(numbers(followers).map((number) => followed(number + 1, AUTHOR))) };
}

async function ofYubls(meter: UnitMeter, author: number): Promise<Measured<'yubl-posted' | 'yubl-deleted'>> {
  return {
    'yubl-posted': await meter.each(yubls(author, 1000)),
    'yubl-deleted': await meter.each(numbers(YUBLS).map((number) => deleted(1000 + number))),
  };
}

/** One follower leaves, the others unfollow. */
async function ofEndings(meter: UnitMeter, followers: number): Promise<Measured<'user-left' | 'unfollowed'>> {
  const others = numbers(followers - 1).map((number) => number + 2);
  return {
    'user-left': await meter.each([left(1)]),
    unfollowed: await meter.each(others.map((follower) => unfollowed(follower, AUTHOR))),
  };
}

function yubls(author: number, from: number) {
  return numbers(YUBLS).map((number) => posted(author, from + number));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function feedConsumers(table: DynamoTable, celebrityFollowers: number): Consumer[] {
  const store = openDynamoFeedStore(table);
  const consumer = addToFeed(store);
  const fanOut: FanOut = { send: (message) => whenStored(consumer.handle(message), () => undefined) };
  return [maintainFeed(store), distributeYubl(store, fanOut, { celebrityFollowers, batchSizeMax: 1000 })];
}
