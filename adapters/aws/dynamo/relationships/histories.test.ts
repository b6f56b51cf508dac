import * as fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { seededRandom } from '../../../../apps/seeded-random.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import { trackRelationships } from '../../../../consumers/track-relationships.ts';
import type { RecordedEvent } from '../../../../events/envelope.ts';
import { sequenceOf } from '../../../../events/sequence.ts';
import { arrivals, histories, personIds, recordedEvent } from '../../../../ports/contracts/histories.ts';
import type { RelationshipReader } from '../../../../ports/relationship-reader.ts';
import { relationshipsModel } from '../../../../projections/relationships/relationships.model.ts';
import { openTableInMemory, type Weather } from '../../../../testing/aws/table-in-memory.ts';
import { edgeKey } from './items.ts';
import { openDynamoRelationshipReader } from './reader.ts';
import { openDynamoRelationshipStore } from './store.ts';
import { keyText } from '../item.ts';
import type { DynamoTable } from '../dynamo-table.ts';

const RUNS = randomRuns(60);

class Cut extends Error {}

/** Requests that take a random time; some are cut off before or after their effect. */
function weatherOf(random: () => number) {
  let underWay = 0;
  // The process ends at this moment from now.
  let cutIn = Infinity;
  let cutRate = 0;
  let lostRate = 0;
  const moment = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await turn();
    cutIn -= 1;
    if (cutIn < 0 || random() < cutRate) throw new Cut();
  };
  const watched = async () => {
    underWay += 1;
    try {
      await moment();
    } finally {
      underWay -= 1;
    }
  };
  const weather: Weather = { before: watched, after: watched, answerIsLost: () => random() < lostRate };
  return {
    weather,
    set(next: { readonly cutIn?: number; readonly cutRate?: number; readonly lostRate?: number }) {
      ({ cutIn = Infinity, cutRate = 0, lostRate = 0 } = next);
    },
    /** Waits for what a failed handler has started and left running. */
    async calm() {
      for (let quiet = 0; quiet < 5; quiet += 1) {
        await turn();
        if (underWay > 0) quiet = 0;
      }
    },
  };
}

function open(seed: number, apartFrom: number) {
  const random = seededRandom(seed);
  const storm = weatherOf(random);
  const table = openTableInMemory(storm.weather);
  const handle = handleAlone(trackRelationships(openDynamoRelationshipStore(table, { apartFrom })));
  return { random, storm, table, handle, reader: openDynamoRelationshipReader(table) };
}

const cases = histories.chain((events) =>
  fc.record({
    events: arrivals(events),
    again: fc.shuffledSubarray(events),
    seed: fc.nat(),
    apartFrom: fc.constantFrom(0, 1, 128),
  }),
);

describe('relationships in a table whose requests are cut off', () => {
  it('are after each crash either as before the event or as behind it, for every reader', async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, seed, apartFrom }) => {
        const { random, storm, handle, reader, table } = open(seed, apartFrom);
        const applied: RecordedEvent[] = [];
        for (const event of events) {
          const before = modelAnswers(applied);
          applied.push(event);
          const behind = modelAnswers(applied);
          for (let done = false; !done;) {
            storm.set({ cutIn: Math.floor(random() * 40), lostRate: 0.1 });
            done = await succeeds(handle(event));
            await storm.calm();
            storm.set({});
            if (done) continue;
            cuts += 1;
            const found = await answers(reader);
            expect([before, behind]).toContainEqual(found);
          }
        }
        expect(await answers(reader)).toEqual(modelAnswers(applied));
        expect(await leftOver(table, applied)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(cuts).toBeGreaterThan(0);
  });

  it('end as in the model, whatever is concurrent, repeated or cut off', async () => {
    expect.hasAssertions();
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, again, seed, apartFrom }) => {
        const { storm, handle, reader, table } = open(seed, apartFrom);
        storm.set({ cutRate: 0.03, lostRate: 0.1 });
        const untilHandled = async (event: RecordedEvent) => {
          while (!(await succeeds(handle(event))));
        };
        const oneByOne = async (some: readonly RecordedEvent[]) => {
          for (const event of some) await untilHandled(event);
        };
        const deliver = async (some: readonly RecordedEvent[]) => {
          await Promise.all([...Map.groupBy(some, ({ partitionkey }) => partitionkey).values()].map(oneByOne));
        };
        await Promise.all([deliver(events), deliver(again)]);
        await storm.calm();
        storm.set({});
        expect(await answers(reader)).toEqual(modelAnswers(events));
        expect(await leftOver(table, events)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([0, 1])('know nothing of a follow whose user number %i leaves while it is written', async (leaver) => {
    const [followerId = '', followeeId = ''] = personIds;
    const { storm, table } = open(1, 128);
    let left = false;
    const transact: DynamoTable['transact'] = async (actions) => {
      if (!left) {
        left = true;
        await openDynamoRelationshipStore(table).removeUser(personIds[leaver] ?? '');
      }
      return await table.transact(actions);
    };
    const edge = { followerId, followeeId, follows: [{ sequence: sequenceOf(1, 1), followedAt: 'then' }] };
    await openDynamoRelationshipStore({ ...table, transact }).changeEdge(edge, () => edge);
    await storm.calm();
    const gone = recordedEvent('user-left', { userId: personIds[leaver] ?? '' }, { sequence: sequenceOf(2, 1) });
    expect(left).toBe(true);
    expect(await leftOver(table, [gone])).toEqual([]);
    expect(await table.getAll([edgeKey(edge)])).toEqual(new Map());
  });

  it('keep what another writer did to the same follow meanwhile', async () => {
    const [followerId = '', followeeId = ''] = personIds;
    const pair = { followerId, followeeId };
    const { table } = open(1, 128);
    const add = async (to: DynamoTable, ordinal: number) => {
      const follow = { sequence: sequenceOf(1, ordinal), followedAt: `at ${ordinal}` };
      await openDynamoRelationshipStore(to).changeEdge(pair, (before) => ({
        ...pair,
        follows: [...(before?.follows ?? []), follow],
      }));
    };
    let others = 3;
    const transact: DynamoTable['transact'] = async (actions) => {
      if (others > 0) await add(table, (others -= 1));
      return await table.transact(actions);
    };
    await add({ ...table, transact }, 9);
    const found = (await table.get(edgeKey(pair)))?.['follows'] as { readonly followedAt: string }[];
    expect(found.map(({ followedAt }) => followedAt)).toEqual(['at 2', 'at 1', 'at 0', 'at 9']);
  });

  it('show nothing of a leaver once they were seen to be gone, even during the removal', async () => {
    let between = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(...personIds), async ({ events, seed, apartFrom }, leaver) => {
        fc.pre(relationshipsModel(events).user(leaver) !== undefined);
        const { handle, reader } = open(seed, apartFrom);
        for (const event of events) await handle(event);
        const left = recordedEvent('user-left', { userId: leaver }, { sequence: sequenceOf(2_000_000_000, 1) });
        const behind = relationshipsModel([...events, left]);
        let leaving = true;
        const read = async (userId: string) => {
          while (leaving) {
            const gone = (await reader.user(leaver)) === undefined;
            const user = await reader.user(userId);
            const followers = (await reader.followers(userId, { limit: 9 })).items;
            const following = (await reader.following(userId, { limit: 9 })).items;
            // A read that began before the user left may have seen an earlier state.
            if (!gone) continue;
            expect(user).toEqual(behind.user(userId));
            expect(followers).toEqual(behind.followers(userId));
            expect(following).toEqual(behind.following(userId));
            between += leaving ? 1 : 0;
          }
        };
        await Promise.all([handle(left).finally(() => (leaving = false)), ...personIds.map(read)]);
        expect(await answers(reader)).toEqual(modelAnswers([...events, left]));
      }),
      { numRuns: RUNS },
    );
    expect(between).toBeGreaterThan(0);
  });
});

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Cut) return false;
    throw error;
  }
}

/** All answers of a reader about all users. */
async function answers(reader: RelationshipReader): Promise<unknown> {
  const users = personIds.map(async (userId) => ({
    userId,
    user: await reader.user(userId),
    followers: (await reader.followers(userId, { limit: 9 })).items,
    following: (await reader.following(userId, { limit: 9 })).items,
    since: await Promise.all(personIds.map((other) => reader.followingSince(userId, other))),
  }));
  return { users: await Promise.all(users), most: await reader.mostFollowed(9), totals: await reader.totals() };
}

/** Items that exist because of a leaver, other than the leaver's marks. */
async function leftOver(table: DynamoTable, events: readonly RecordedEvent[]): Promise<string[]> {
  const left = new Set(
    events.flatMap(({ type, data }) => (type === 'user-left' && 'userId' in data ? [data.userId] : [])),
  );
  const found: string[] = [];
  for await (const page of table.scan({ expression: 'attribute_not_exists(hasLeft)' })) {
    const ofLeavers = page.filter(
      ({ pk, sk }) => pk.startsWith('LEAVING#') || left.has(pk.slice(-24)) || isListed(sk, left),
    );
    found.push(...ofLeavers.map(keyText));
  }
  return found;
}

function isListed(sk: string, left: ReadonlySet<string>): boolean {
  return /^[FR]#/.test(sk) && left.has(sk.slice(-24));
}

function modelAnswers(events: readonly RecordedEvent[]): unknown {
  const model = relationshipsModel(events);
  const users = personIds.map((userId) => ({
    userId,
    user: model.user(userId),
    followers: model.followers(userId),
    following: model.following(userId),
    since: personIds.map((other) => model.followingSince(userId, other)),
  }));
  return { users, most: model.mostFollowed(9), totals: model.totals() };
}
