import type { SNSClient } from '@aws-sdk/client-sns';
import { type DynamoRequest, openDynamoClient } from '../adapters/aws/dynamo/client.ts';
import { openDynamoFeedReader } from '../adapters/aws/dynamo/feed/reader.ts';
import { openDynamoFeedStore } from '../adapters/aws/dynamo/feed/store.ts';
import { openDynamoTable } from '../adapters/aws/dynamo/table.ts';
import { readFanOutMessage } from '../adapters/aws/messaging/fan-out-message.ts';
import { openSnsFanOut } from '../adapters/aws/messaging/sns-fan-out.ts';
import { meteredDynamo } from '../testing/aws/metered-dynamo.ts';
import { addToFeed } from '../consumers/add-to-feed.ts';
import { distributeYubl } from '../consumers/distribute-yubl.ts';
import { handleAlone } from '../testing/consumers/handle-alone.ts';
import { sequenceOf } from '../events/sequence.ts';
import { yublPosted } from '../events/yubl-posted.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';

export const fanOutAws: Benchmark = {
  name: 'fan-out-aws',
  title: 'Requests and capacity of a fan-out on DynamoDB and SNS',
  async run({ quick }) {
    const followers = quick ? 1000 : 10_000;
    const yubls = quick ? 2 : 5;
    const [fanned, repeated] = await fanOut({ followers, yubls, celebrityFollowers: Infinity });
    const [pulled] = await fanOut({ followers, yubls, celebrityFollowers: followers - 1 });
    return {
      input: `${yubls} yubls of 200 bytes by one author with ${followers} followers; a reader of 100, and one of 2,000 of whom 50 are pulled`,
      figures: [...fanned, ...repeated, ...pulled, ...(await reading(0)), ...(await reading(50))],
      notes: [
        'Requests are those that the SDK sends. An in-process stub with one table answers them and reports consumed capacity by the rules of the DynamoDB developer guide (one unit per started KiB written, twice that in a transaction; one per started 4 KiB read, half without strong consistency). No AWS account was used.',
        'Batches of 250 followers. SNS bills one request per 64 KB.',
      ],
    };
  },
};

const AT = '2016-02-22T07:02:00.000Z';
const BATCH_SIZE = 250;
const hex = (kind: number, number: number) => (kind * 1_000_000 + number).toString(16).padStart(24, '0');
const author = hex(1, 1);

interface Counts {
  requests: number;
  units: number;
}

/** A new table that counts requests since the last reading. */
function openMetered() {
  let asked: DynamoRequest[] = [];
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const config = { region: 'us-east-1', credentials, requestHandler: meteredDynamo() };
  const client = openDynamoClient(config, (request) => asked.push(request));
  return {
    table: openDynamoTable(client, 'feed'),
    /** By operation. */
    counted(chosen: (operation: string) => boolean = () => true): Counts {
      const some = asked.filter(({ operation }) => chosen(operation));
      return { requests: some.length, units: some.reduce((sum, { capacityUnits = 0 }) => sum + capacityUnits, 0) };
    },
    forget: () => void (asked = []),
    close: client.close,
  };
}

/** A topic that collects its messages. */
function openTopic() {
  const bodies: string[] = [];
  let requests = 0;
  const send = async ({ input }: { input: { PublishBatchRequestEntries: { Id: string; Message: string }[] } }) => {
    requests += 1;
    bodies.push(...input.PublishBatchRequestEntries.map(({ Message }) => Message));
    return { Successful: input.PublishBatchRequestEntries.map(({ Id }) => ({ Id, MessageId: Id })) };
  };
  return { client: { send } as unknown as SNSClient, bodies, requests: () => requests };
}

interface FanOutLoad {
  readonly followers: number;
  readonly yubls: number;
  readonly celebrityFollowers: number;
}

/** Figures of the fan-out, and of the same messages delivered again. */
async function fanOut({ followers, yubls, celebrityFollowers }: FanOutLoad): Promise<[Figure[], Figure[]]> {
  const metered = openMetered();
  const store = openDynamoFeedStore(metered.table);
  const followings = Array.from({ length: followers }, (_, number) => [hex(2, number), author] as const);
  await followAll(store, followings);
  metered.forget();
  const topic = openTopic();
  const options = { celebrityFollowers, batchSizeMax: BATCH_SIZE };
  const distribute = handleAlone(distributeYubl(store, openSnsFanOut(topic.client, { topicArn: 'bench' }), options));
  for (let number = 0; number < yubls; number += 1) await distribute(posted(author, number));
  const posting = metered.counted(isWrite);
  const reading = metered.counted((operation) => !isWrite(operation));
  metered.forget();
  const add = addToFeed(store);
  const deliver = async () => {
    for (const body of topic.bodies) {
      const read = readFanOutMessage({ body });
      if ('code' in read) throw new Error(read.message);
      await add.handle(read.message);
    }
  };
  await deliver();
  const entries = metered.counted();
  await deliver();
  const again = metered.counted();
  metered.close();
  const per = (count: number) => ({ runs: [count / yubls] });
  if (celebrityFollowers < followers) {
    expectEqual('entries of a pulled author', entries.requests, 0);
    const name = 'with hybrid fan-out, pulled author';
    return [
      [
        figure(`${name}: write units per yubl`, 'WCU', per(posting.units)),
        figure(`${name}: read units per yubl`, 'RCU', per(reading.units)),
      ],
      [],
    ];
  }
  const written = followers * yubls;
  return [
    [
      figure('write requests per follower entry', 'requests', {
        runs: [entries.requests / written],
        bar: { atMost: 1 / 25 },
      }),
      figure('write units per follower entry', 'WCU', { runs: [entries.units / written], bar: { atMost: 1 } }),
      figure('SNS requests per 1,000 followers', 'requests', { runs: [(topic.requests() / written) * 1000] }),
      figure('bytes of a message', 'bytes', { runs: [Math.max(...topic.bodies.map((body) => body.length))] }),
      figure(
        'without hybrid fan-out: write units per yubl, entries included',
        'WCU',
        per(posting.units + entries.units),
      ),
      figure('read units per yubl, to count and to list the followers', 'RCU', per(reading.units)),
    ],
    [
      figure('extra write units for an entry delivered twice', 'WCU', {
        runs: [(again.units - 2 * entries.units) / written],
        bar: { atMost: 0 },
      }),
    ],
  ];
}

async function reading(celebrities: number): Promise<Figure[]> {
  const metered = openMetered();
  const store = openDynamoFeedStore(metered.table);
  const reader = hex(2, 0);
  const followees = Array.from({ length: celebrities > 0 ? 2000 : 100 }, (_, number) => hex(3, number));
  await followAll(
    store,
    followees.map((followee) => [reader, followee] as const),
  );
  const handOn = addToFeed(store);
  const fanOutHere = {
    send: async (message: Parameters<typeof handOn.handle>[0]) => void (await handOn.handle(message)),
  };
  for (const [place, followee] of followees.slice(0, 100).entries()) {
    const celebrityFollowers = place < celebrities ? 0 : Infinity;
    const distribute = handleAlone(distributeYubl(store, fanOutHere, { celebrityFollowers, batchSizeMax: BATCH_SIZE }));
    for (let round = 0; round < 3; round += 1) await distribute(posted(followee, place + 100 * round));
  }
  const feeds = openDynamoFeedReader(metered.table, { feedLength: 800 });
  // A process knows the pulled authors from earlier pages.
  const first = await feeds.feed(reader, { limit: 50 });
  metered.forget();
  const { items } = await feeds.feed(reader, { limit: 50 });
  expectEqual('items of a page', items.length, 50);
  expectEqual('the same page', JSON.stringify(items), JSON.stringify(first.items));
  const { requests, units } = metered.counted();
  metered.close();
  const name = celebrities > 0 ? `who follows 2,000, ${celebrities} of them pulled` : 'who follows 100, none pulled';
  return [
    figure(`page of 50 for a reader ${name}: requests`, 'requests', { runs: [requests] }),
    figure(`page of 50 for a reader ${name}: read units`, 'RCU', { runs: [units] }),
  ];
}

async function followAll(
  store: ReturnType<typeof openDynamoFeedStore>,
  followings: readonly (readonly [string, string])[],
): Promise<void> {
  for (const [followerId, followeeId] of followings) {
    const pair = { followerId, followeeId };
    await store.changeEdge(pair, () => ({ ...pair, follows: [{ sequence: sequenceOf(1, 1), followedAt: AT }] }));
  }
}

function posted(authorId: string, number: number): RecordedEvent<'yubl-posted'> {
  const yublId = hex(4, number);
  return {
    specversion: '1.0',
    id: yublId,
    source: 'urn:bench',
    type: 'yubl-posted',
    time: AT,
    datacontenttype: 'application/json',
    dataschema: yublPosted.dataschema,
    subject: yublId,
    partitionkey: yublId,
    sequence: sequenceOf(1_456_124_520 + number, 1),
    correlationid: yublId,
    data: { yublId, authorId, text: 'x'.repeat(200), postedAt: AT },
    position: number + 1,
    recordedtime: AT,
  };
}

function isWrite(operation: string): boolean {
  return operation !== 'Query' && !operation.includes('Get');
}
