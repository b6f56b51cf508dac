import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { seededRandom } from '../../../../apps/seeded-random.ts';
import { addToFeed } from '../../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../../consumers/distribute-yubl.ts';
import { maintainFeed } from '../../../../consumers/maintain-feed.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import type { RecordedEvent } from '../../../../events/envelope.ts';
import { fewYubls, historiesOf, personIds, yublIdsOf } from '../../../../ports/contracts/feed-histories.ts';
import type { FanOutMessage } from '../../../../ports/fan-out.ts';
import { feedModel } from '../../../../projections/feed/feed.model.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { CutOff, restlessTable } from '../../../../testing/aws/restless-table.ts';
import { createTable } from '../create-table.ts';
import { deleteTable } from '../../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../client.ts';
import { openDynamoFeedReader } from './reader.ts';
import { openDynamoFeedStore } from './store.ts';
import { openDynamoTable } from '../table.ts';
import type { DynamoTable } from '../dynamo-table.ts';

// Concurrent processes on one table: keys handled concurrently, requests in any order, work cut off anywhere and
// repeated, events delivered again while later ones are handled, and batches that arrive twice, late and in any order.
// At the end every feed equals that of the naive model.

const aws = awsUnderTest('dynamodb');
const RUNS = randomRuns(8);
const FEED_LENGTH = 40;
const CUT_SHARE = 0.02;

interface Scenario {
  readonly events: readonly RecordedEvent[];
  readonly seed: number;
  /** One per process. */
  readonly thresholds: readonly number[];
  /** Share of events that are repeated: a repetition would repair what a race has lost, so most scenarios have none. */
  readonly repeatShare: number;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  events: historiesOf({ ...fewYubls, inARow: [1, 1, 2] }, 24),
  seed: fc.integer({ min: 1 }),
  thresholds: fc.array(fc.constantFrom(0, 1, 10_000, 10_000), { minLength: 2, maxLength: 3 }),
  repeatShare: fc.constantFrom(0, 0, 0.3),
});

describe.skipIf(aws.skipReason)(`feeds of processes side by side on DynamoDB (${aws.engine})`, () => {
  const client = openDynamoClient(aws.config);
  const tables: string[] = [];
  afterAll(async () => {
    for (const name of tables) await deleteTable(client, name);
    client.close();
  });

  it('end as the model does, whatever was cut off, repeated or overtaken', async () => {
    await fc.assert(fc.asyncProperty(scenarios, playScenario), { numRuns: RUNS });
  });

  async function playScenario({ events, seed, thresholds, repeatShare }: Scenario): Promise<void> {
    const name = aws.newName();
    tables.push(name);
    await createTable(client, name);
    const table = openDynamoTable(client, name);
    const random = seededRandom(seed);
    const queue: FanOutMessage[] = [];
    const processes = thresholds.map((threshold) => openProcess(table, { random, queue, threshold }));
    const anyProcess = () => processes[Math.floor(random() * processes.length)] as Process;

    /** Repeats until it is done: interrupted work is delivered again, to any process. */
    async function deliver(attempt: (of: Process) => Promise<unknown>): Promise<void> {
      for (;;) {
        try {
          await attempt(anyProcess());
          return;
        } catch (error) {
          if (!(error instanceof CutOff)) throw error;
        }
      }
    }

    async function handleKey(ofKey: readonly RecordedEvent[]): Promise<void> {
      for (const [index, event] of ofKey.entries()) {
        // Any earlier event may be repeated concurrently, for instance by a process that is thought dead.
        const again = ofKey.slice(Math.floor(random() * (index + 1)), index + 1).filter(() => random() < repeatShare);
        await Promise.all([event, ...again].map((each) => deliver((process) => process.handle(each))));
      }
    }

    let posting = true;
    async function handOn(): Promise<void> {
      while (posting || queue.length > 0) {
        const [message] = queue.splice(Math.floor(random() * queue.length), 1);
        if (message === undefined) await new Promise(setImmediate);
        else {
          if (random() < 0.2) queue.push(message);
          await deliver((process) => process.add(message));
        }
        // Some arrive when everything else is done.
        while (posting && random() < 0.3) await new Promise(setImmediate);
      }
    }

    const keys = [...Map.groupBy(events, (event) => event.partitionkey).values()];
    const allHandled = Promise.all(keys.map(handleKey)).finally(() => (posting = false));
    await Promise.all([allHandled, handOn(), handOn()]);
    await expectAnswers(table, events);
  }
});

interface Process {
  handle(event: RecordedEvent): Promise<void>;
  add(message: FanOutMessage): Promise<void>;
}

function openProcess(
  table: DynamoTable,
  given: { readonly random: () => number; readonly queue: FanOutMessage[]; readonly threshold: number },
): Process {
  const { random, queue, threshold } = given;
  const store = openDynamoFeedStore(restlessTable(table, { random, cutShare: CUT_SHARE }));
  const fanOut = { send: async (message: FanOutMessage) => void queue.push(message) };
  const options = { celebrityFollowers: threshold, batchSizeMax: 1 };
  const handlers = [maintainFeed(store), distributeYubl(store, fanOut, options)].map(handleAlone);
  const { handle } = addToFeed(store);
  return {
    async handle(event) {
      for (const each of handlers) await each(event);
    },
    add: async (message) => void (await handle(JSON.parse(JSON.stringify(message)) as FanOutMessage)),
  };
}

async function expectAnswers(table: DynamoTable, events: readonly RecordedEvent[]): Promise<void> {
  const reader = openDynamoFeedReader(table, { feedLength: FEED_LENGTH, pulledFreshMs: 0, consistent: true });
  const model = feedModel(events, FEED_LENGTH);
  for (const person of personIds) {
    expect((await reader.feed(person, { limit: FEED_LENGTH })).items, `feed of ${person}`).toEqual(model.feed(person));
    const { items } = await reader.yublsOf(person, { limit: 1000 });
    expect(items, `yubls of ${person}`).toEqual(model.yublsOf(person));
    expect(await reader.yublCount(person), `yubl count of ${person}`).toBe(items.length);
  }
  for (const yublId of yublIdsOf(fewYubls)) expect(await reader.yubl(yublId)).toEqual(model.yubl(yublId));
}
