import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addToFeed } from '../../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../../consumers/maintain-feed.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import type { RecordedEvent } from '../../../../events/envelope.ts';
import { sequenceOf } from '../../../../events/sequence.ts';
import { personIds, recordedEvent, yublIds } from '../../../../ports/contracts/histories.ts';
import { feedModel } from '../../../../projections/feed/feed.model.ts';
import { openTableInMemory } from '../../../../testing/aws/table-in-memory.ts';
import { followersOf, followsOf } from './items.ts';
import { openDynamoFeedReader } from './reader.ts';
import { openDynamoFeedStore } from './store.ts';
import type { DynamoTable } from '../dynamo-table.ts';

// Two processes that meet at the worst moment. One is held before one of its requests while the other handles a whole
// event; this is repeated for each of its requests, once with its concurrent requests still waiting, and once with
// those completed. Nothing is repeated, because that would repair what is lost.

const FEED_LENGTH = 40;
const CALM = { before: async () => {}, after: async () => {}, answerIsLost: () => false };

const [follower = '', author = ''] = personIds;
const relationshipId = 'edge';
const at = (second: number) => ({ sequence: sequenceOf(second, 0), position: second });
const followed = (second: number) =>
  recordedEvent('followed', { relationshipId, followerId: follower, followeeId: author, followedAt: '' }, at(second));
const unfollowed = (second: number) =>
  recordedEvent('unfollowed', { relationshipId, followerId: follower, followeeId: author }, at(second));
const posted = (second: number) => {
  const ids = { yublId: yublIds[second] ?? '', authorId: author };
  return recordedEvent('yubl-posted', { ...ids, text: `${second}`, postedAt: '2016-02-22T07:02:00.000Z' }, at(second));
};
const deleted = (second: number, yubl: number) =>
  recordedEvent('yubl-deleted', { yublId: yublIds[yubl] ?? '' }, at(second));
const left = (userId: string, second: number) => recordedEvent('user-left', { userId }, at(second));

/** A table that calls `moment` before each request. */
function withMoments(table: DynamoTable, moment: () => Promise<void>): DynamoTable {
  const behind =
    <Given extends unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      await moment();
      return ask(...given);
    };
  return {
    ...table,
    async *query(query) {
      await moment();
      for await (const page of table.query(query)) {
        yield page;
        await moment();
      }
    },
    get: behind(table.get),
    getAll: behind(table.getAll),
    queryAll: behind(table.queryAll),
    put: behind(table.put),
    update: behind(table.update),
    delete: behind(table.delete),
    transact: behind(table.transact),
    write: behind(table.write),
    erase: behind(table.erase),
  };
}

/** A process that delivers yubls to followers itself. */
function handlerOn(table: DynamoTable): (event: RecordedEvent) => Promise<void> {
  const store = openDynamoFeedStore(table);
  const { handle } = addToFeed(store);
  const fanOut = { send: async (message: Parameters<typeof handle>[0]) => void (await handle(message)) };
  const handlers = [
    maintainFeed(store),
    distributeYubl(store, fanOut, { celebrityFollowers: 10_000, batchSizeMax: 2 }),
  ].map(handleAlone);
  return async (event) => {
    for (const each of handlers) await each(event);
  };
}

interface Meeting {
  /** What happens to requests that are concurrent with the held one. */
  readonly beside: 'waits' | 'completes';
  readonly before: readonly RecordedEvent[];
  readonly held: RecordedEvent;
  readonly meanwhile: RecordedEvent;
}

/** False if the held process needed fewer requests. */
async function meetBeforeRequest(number: number, { beside, before, held, meanwhile }: Meeting): Promise<boolean> {
  const table = openTableInMemory(CALM);
  for (const event of before) await handlerOn(table)(event);
  let requests = 0;
  let meeting: Promise<void> | undefined;
  const moment = async () => {
    requests += 1;
    if (requests === number) {
      // Requests to this table take one turn.
      if (beside === 'completes') await nextTurn();
      await (meeting = handlerOn(table)(meanwhile));
    } else if (beside === 'waits') await meeting;
  };
  await handlerOn(withMoments(table, moment))(held);
  if (meeting === undefined) return false;

  const reader = openDynamoFeedReader(table, { feedLength: FEED_LENGTH, pulledFreshMs: 0, consistent: true });
  const model = feedModel([...before, held, meanwhile], FEED_LENGTH);
  const where = `${meanwhile.type} before request ${number} of ${held.type}`;
  const { items } = await reader.feed(follower, { limit: FEED_LENGTH });
  expect(items, where).toEqual(model.feed(follower));
  expect((await reader.yublsOf(author, { limit: FEED_LENGTH })).items, where).toEqual(model.yublsOf(author));
  if (meanwhile.type === 'user-left' || held.type === 'user-left') {
    expect(await table.queryAll(followersOf(author)), where).toEqual([]);
    expect(await table.queryAll(followsOf(follower)), where).toEqual([]);
  }
  return true;
}

const old = posted(1);
const meetings: [string, readonly RecordedEvent[], RecordedEvent, RecordedEvent][] = [
  ['following and posting', [old], followed(2), posted(3)],
  ['following again and posting', [old, followed(2), posted(3), unfollowed(4)], followed(5), posted(6)],
  ['ending to follow and posting', [old, followed(2)], unfollowed(3), posted(4)],
  ['following and deleting', [posted(4)], followed(2), deleted(5, 4)],
  ['posting and deleting', [followed(2)], posted(3), deleted(4, 3)],
  ['following and the author’s leaving', [posted(4)], followed(2), left(author, 5)],
  ['following and the follower’s leaving', [posted(4)], followed(2), left(follower, 5)],
  ['posting and the author’s leaving', [followed(2)], posted(3), left(author, 4)],
];

describe('in a feed in DynamoDB', () => {
  test.each(meetings)('%s meet, and nothing is lost or shown too much', async (_, ...[before, one, other]) => {
    for (const beside of ['waits', 'completes'] as const) {
      for (const meeting of [
        { held: one, meanwhile: other },
        { held: other, meanwhile: one },
      ]) {
        let number = 1;
        while (await meetBeforeRequest(number, { beside, before, ...meeting })) number += 1;
        expect(number, 'requests at which they met').toBeGreaterThan(2);
      }
    }
  });
});
