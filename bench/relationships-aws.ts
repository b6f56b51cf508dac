import { createTable } from '../adapters/aws/dynamo/create-table.ts';
import { openDynamoClient } from '../adapters/aws/dynamo/client.ts';
import { openDynamoRelationshipReader } from '../adapters/aws/dynamo/relationships/reader.ts';
import { openDynamoRelationshipStore } from '../adapters/aws/dynamo/relationships/store.ts';
import { openDynamoTable } from '../adapters/aws/dynamo/table.ts';
import type { Units } from '../apps/aws/prices/units.ts';
import type { Consumer } from '../consumers/runtime/consumer.ts';
import { handleAlone } from '../testing/consumers/handle-alone.ts';
import { trackRelationships } from '../consumers/track-relationships.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { makeTransactionsConflict } from './aws/conflicting-transactions.ts';
import { type EmulatorConfig, withMiniStack } from './aws/mini-stack.ts';
import { followed, joined, left, unfollowed } from './aws/sample-events.ts';
import { dividedBy, openUnitMeter } from './aws/unit-meter.ts';
import { type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import type { DynamoTable } from '../adapters/aws/dynamo/dynamo-table.ts';

const EDGES = 100;
const STAR = 5000;
const BURST = 1000;
const HELD_MS = 12;
const SIDE_BY_SIDE = 64;

export const relationshipsAws: Benchmark = {
  name: 'relationships-aws',
  title: 'Relationships in DynamoDB: the cost of a follow and of a leaver, and a burst of follows of one user',
  async run({ folder, quick, say }) {
    return await withMiniStack(folder, async (config) => {
      const figures = await unitsOf(config);
      for (const writers of [1, 2, 8]) {
        say(`a burst by ${writers} writers`);
        figures.push(...(await burst(config, { follows: quick ? 100 : BURST, writers })));
      }
      return {
        input: `MiniStack, one request after the other; transactions of a burst hold their items for ${HELD_MS} ms and are cancelled on conflict`,
        figures,
        notes: [
          'The floor is an edge, its reversed copy and two counts, each written separately: wrong after the first repeated request, and without lists by time.',
          'A follow reads three units, which the emulator does not count. How long DynamoDB holds the items of a transaction is a guess. Cancelled transactions are billed as well.',
        ],
      };
    });
  },
};

async function unitsOf(config: EmulatorConfig): Promise<Figure[]> {
  const meter = await openUnitMeter(config, 'units', (table) => [tracking(table)]);
  const floor = await openUnitMeter(config, 'floor', (table) => [floorOn(table)]);
  try {
    const users = Array.from({ length: EDGES }, (_, user) => user + 1);
    const follows = users.flatMap((user) => [followed(user, STAR), followed(STAR, user)]);
    await meter.each([STAR, ...users].map(joined));
    return [
      ...lines('a follow, the floor', await floor.each(follows)),
      ...lines('a follow', await meter.each(follows)),
      ...lines('a repeated follow', await meter.each(follows)),
      ...lines('an unfollow', await meter.each(users.slice(0, 50).map((user) => unfollowed(user, STAR)))),
      ...lines('a re-follow', await meter.each(users.slice(0, 50).map((user) => followed(user, STAR)))),
      ...lines(`a leaver, by each of ${2 * EDGES} follows`, dividedBy(await meter.each([left(STAR)]), 2 * EDGES)),
      ...lines('a leaver without follows', await meter.each([left(STAR + 1)])),
      ...lines('a repeated leave', await meter.each([left(STAR)])),
    ];
  } finally {
    meter.close();
    floor.close();
  }
}

function lines(what: string, { writeUnits, readUnits, requests }: Units): Figure[] {
  return [
    figure(`${what}: write units`, '', { runs: [writeUnits] }),
    figure(`${what}: read units`, '', { runs: [readUnits] }),
    figure(`${what}: requests`, '', { runs: [requests] }),
  ];
}

const tracking = (table: DynamoTable): Consumer => trackRelationships(openDynamoRelationshipStore(table));

/** A minimal implementation that relies on every event arriving once and in order. */
function floorOn(table: DynamoTable): Consumer {
  return {
    name: 'floor',
    on: {
      async followed({ data: { followerId, followeeId, followedAt } }) {
        await table.put({ pk: followerId, sk: `F#${followeeId}`, followedAt });
        await table.put({ pk: followeeId, sk: `R#${followerId}`, followedAt });
        for (const pk of [followerId, followeeId]) {
          await table.update({ pk, sk: 'count' }, { update: 'ADD n :one', values: { ':one': 1 } });
        }
      },
    },
  };
}

interface Burst {
  readonly follows: number;
  /** Independent stores, as in separate functions. */
  readonly writers: number;
}

async function burst(config: EmulatorConfig, { follows, writers }: Burst): Promise<Figure[]> {
  const client = openDynamoClient(config);
  try {
    const name = `burst-${writers}`;
    await createTable(client, name);
    const conflicts = makeTransactionsConflict(client, HELD_MS);
    const table = openDynamoTable(client, name);
    const handles = Array.from({ length: writers }, () => handleAlone(tracking(table)));
    const waiting = [joined(STAR), ...Array.from({ length: follows }, (_, user) => followed(user, STAR))];
    let handed = 0;
    let failed = 0;
    const work = async (handle: (typeof handles)[number]) => {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        handed += 1;
        const again: EventEnvelope = event;
        // As with a stream: what could not be stored is delivered again.
        await handle({ ...again, recordedtime: again.time }).catch(() => {
          failed += 1;
          waiting.push(again);
        });
      }
    };
    const from = performance.now();
    const eachOf = SIDE_BY_SIDE / writers;
    await Promise.all(handles.flatMap((handle) => Array.from({ length: eachOf }, async () => await work(handle))));
    const seconds = (performance.now() - from) / 1000;
    const user = await openDynamoRelationshipReader(table).user(joined(STAR).partitionkey);
    expectEqual('followers', user?.followers, follows);
    const { transactions, conflicts: met } = conflicts();
    const what = `${follows} follows of one user, ${SIDE_BY_SIDE} in parallel, by ${writers} writers`;
    return [
      figure(`${what}: follows`, '/s', { runs: [follows / seconds] }),
      figure(`${what}: transactions for each follow`, '', { runs: [transactions / follows] }),
      figure(`${what}: cancelled by a conflict`, '%', { runs: [(100 * met) / transactions] }),
      figure(`${what}: delivered again`, '%', { runs: [(100 * failed) / handed] }),
    ];
  } finally {
    client.close();
  }
}
