import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { openDynamoClient } from '../adapters/aws/dynamo/client.ts';
import { openDynamoStreamParking } from '../adapters/aws/dynamo/parking/stream-parking.ts';
import { openDynamoTable } from '../adapters/aws/dynamo/table.ts';
import type { Consumer } from '../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../consumers/runtime/catalog-personal-words.ts';
import type { StreamBatch } from '../consumers/stream/lambda-events.ts';
import { createStreamHandler } from '../consumers/stream/stream-handler.ts';
import type { HandledEvent } from '../events/envelope.ts';
import { catalogUpcasters } from '../schema-registry/catalog-upcasters.ts';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { openDynamoStub } from './load/dynamo-stub.ts';
import { streamBatches } from './load/stream-batches.ts';
import type { DynamoTable } from '../adapters/aws/dynamo/dynamo-table.ts';

const BAR_EVENTS_PER_SECOND = 20_000;
const BATCH_RECORDS = 500;
const context = { getRemainingTimeInMillis: () => 60_000 };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

type Way = (batch: StreamBatch) => Promise<void> | void;

export const streamHandler: Benchmark = {
  name: 'stream-handler',
  title: 'Events of a stream through the Lambda handler',
  async run({ quick, say }) {
    const [records, rounds] = quick ? [5000, 3] : [20_000, 7];
    const batches = streamBatches(records, BATCH_RECORDS);
    const stub = await openDynamoStub();
    const client = openDynamoClient({
      endpoint: stub.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    });
    const table = openDynamoTable(client, 'bench');
    const ways = waysOf(table);
    const runs: Record<keyof typeof ways, number[]> = { floor: [], alone: [], library: [], writing: [] };
    let writeRequests = 0;
    for (let round = -1; round < rounds; round += 1) {
      for (const name of Object.keys(ways) as (keyof typeof ways)[]) {
        say(`${name}, round ${round + 1}`);
        const before = stub.requests();
        const perSecond = await speedOf(ways[name], batches, records);
        if (name === 'writing') writeRequests = stub.requests() - before;
        // The first round only warms up.
        if (round >= 0) runs[name].push(perSecond);
      }
    }
    client.close();
    await stub.close();
    const bytes = batches.reduce(
      (sum, { Records }) => sum + Records.reduce((all, { kinesis }) => all + kinesis.data.length, 0),
      0,
    );
    const unit = 'events/s';
    return {
      input: `${records} yubls, follows and users as records of a stream, ${Math.round((bytes * 0.75) / records)} bytes each, in batches of ${BATCH_RECORDS} with a dozen records a key`,
      figures: [
        figure('the handler alone', unit, { runs: runs.alone, bar: { atLeast: BAR_EVENTS_PER_SECOND } }),
        figure('with one item written for each event', unit, { runs: runs.writing }),
        figure('requests per 1,000 events with writes', 'requests', { runs: [(writeRequests * 1000) / records] }),
        figure('floor: base64 and JSON.parse of the same batches', unit, { runs: runs.floor }),
        figure('peer: @aws-lambda-powertools/batch, in parallel', unit, { runs: runs.library }),
      ],
      notes: [
        'Measured in CPU time of the process, garbage collection included; all on one thread. The handler alone: base64, JSON.parse, validation of envelope and data against the catalog, a lookup for upcasters, correlation per event, keys in parallel, an async consumer that does nothing, and parked keys queried through the real DynamoDB client. Not included: the work of a consumer, log lines, the network and Lambda itself.',
        'With writes, each event puts one item through the real client over HTTP to a server in the same thread that responds at once, so the server, the signing and the client dominate that figure.',
        'The peer decodes and parses the same records and hands them to the same consumer: it validates nothing, keeps no order after a failure and carries no correlation.',
      ],
    };
  },
};

function waysOf(table: DynamoTable): Record<'floor' | 'alone' | 'library' | 'writing', Way> {
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  const parsed = (data: string) => JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as HandledEvent;
  const countUp = async (_: HandledEvent) => {
    handled += 1;
  };
  return {
    floor({ Records }) {
      for (const { kinesis } of Records) if (parsed(kinesis.data).id !== '') handled += 1;
    },
    alone: handlerOf(table, countUp),
    library: async (batch) => {
      const handle = ({ kinesis }: KinesisStreamRecord) => countUp(parsed(kinesis.data));
      await processPartialResponse(batch as unknown as KinesisStreamEvent, handle, processor, {
        processInParallel: true,
      });
    },
    writing: handlerOf(table, async ({ id, sequence, subject }) => {
      await table.write({ pk: subject, sk: id, sequence });
      handled += 1;
    }),
  };
}

let handled = 0;

function handlerOf(table: DynamoTable, handle: (event: HandledEvent) => Promise<void>): Way {
  const consumer: Consumer = {
    name: 'bench',
    on: { 'yubl-posted': handle, followed: handle, 'user-joined': handle },
  };
  const handler = createStreamHandler({
    consumers: [consumer],
    parking: openDynamoStreamParking(table, { scope: 'bench' }),
    quarantine: { add: () => Promise.reject(new Error('nothing is to be refused')) },
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger: silent,
    limits: { keysAtOnce: 64 },
  });
  return async (batch) => {
    expectEqual('failures', (await handler(batch, context)).batchItemFailures.length, 0);
  };
}

async function speedOf(way: Way, batches: readonly StreamBatch[], records: number): Promise<number> {
  handled = 0;
  const before = process.cpuUsage();
  for (const batch of batches) await way(batch);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  expectEqual('events handled', handled, records);
  return records / seconds;
}
