import {
  CreateStreamCommand,
  DeleteStreamCommand,
  type KinesisClient,
  SplitShardCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { eventAppenderContract } from '../../../ports/contracts/event-appender.contract.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { openKinesisClient } from './client.ts';
import { openKinesisEventAppender } from './event-appender.ts';
import { listShards } from './list-shards.ts';
import { readStream } from './stream-reader.ts';

const RUNS = randomRuns(5);
const MIB = 2 ** 20;

describe.each(['ministack', 'kinesalite'] as const)('%s', (emulator) => {
  const aws = awsUnderTest('kinesis', emulator);
  describe.skipIf(aws.skipReason)(`on ${aws.engine}`, () => {
    const stream = aws.newName();
    const client = openKinesisClient(aws.config);
    beforeAll(() => createStream(client, stream));
    afterAll(async () => {
      await client.send(new DeleteStreamCommand({ StreamName: stream }));
      client.destroy();
    });

    // All tests share one stream: new records are those after the last ones read.
    let places: ReadonlyMap<string, string> = new Map();
    async function readNew(): Promise<EventEnvelope[]> {
      const [events, ends] = await readBehind(client, stream, places);
      places = ends;
      return events;
    }

    const open = async () => {
      const appender = await openKinesisEventAppender(client, { stream, lingerMs: 1 });
      await readNew();
      const before = places;
      return {
        appender,
        read: async () => (await readBehind(client, stream, before))[0],
        remove: () => appender.close(),
      };
    };
    // Kinesis counts the partition key, which has 24 characters here.
    eventAppenderContract(open, { positions: false, eventBytesMax: MIB - 24, runs: RUNS });

    test('each key keeps its order over a split of its shard', async (context) => {
      context.skip(aws.engine === 'MiniStack', 'MiniStack 1.5.33 removes a shard that is split, with its records');
      const { appender, read, remove } = await open();
      const given = Array.from({ length: 60 }, (_, index) => sampleEvent({ key: index % 10 }));
      await appender.append(given.slice(0, 30));
      const [shard] = await listShards(client, stream);
      const split = { StreamName: stream, ShardToSplit: shard?.id, NewStartingHashKey: String(2n ** 126n) };
      await client.send(new SplitShardCommand(split));
      await waitUntilStreamExists({ client, maxWaitTime: 120 }, { StreamName: stream });
      await appender.append(given.slice(30));
      const found = await read();
      const idsOf = (events: readonly EventEnvelope[], key: string) =>
        events.filter(({ partitionkey }) => partitionkey === key).map(({ id }) => id);
      for (const key of new Set(given.map(({ partitionkey }) => partitionkey))) {
        expect(idsOf(found, key)).toEqual(idsOf(given, key));
      }
      await remove();
    });

    test('a stream that does not exist is refused', async () => {
      const opening = openKinesisEventAppender(client, { stream: `${stream}-not` });
      await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    });
  });
});

async function createStream(client: KinesisClient, stream: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }));
  await waitUntilStreamExists({ client, maxWaitTime: 120 }, { StreamName: stream });
}

async function readBehind(
  client: KinesisClient,
  stream: string,
  from: ReadonlyMap<string, string>,
): Promise<[EventEnvelope[], ReadonlyMap<string, string>]> {
  const ends = new Map(from);
  const events: EventEnvelope[] = [];
  for await (const { records } of readStream({ client, stream, from, upTo: new Date(), idleMs: 20, busyMs: 5 })) {
    for (const { shardId, sequenceNumber, data } of records) {
      events.push(JSON.parse(Buffer.from(data).toString()) as EventEnvelope);
      ends.set(shardId, sequenceNumber);
    }
  }
  return [events, ends];
}
