import {
  CreateStreamCommand,
  DeleteStreamCommand,
  PutRecordCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { deleteTable } from '../aws/table-removal.ts';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoRelationshipReader } from '../../adapters/aws/dynamo/relationships/reader.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import { openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import { handleAlone } from '../consumers/handle-alone.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { RelationshipReader } from '../../ports/relationship-reader.ts';
import { createBoundedKeyQueue } from '../../resilience/key-queue.ts';
import { FIRST_VERSION, openLiveVersions } from '../../apps/aws/live-versions.ts';
import type { RebuiltVersion } from '../../apps/aws/rebuild/work.ts';
import { openRelationships, type RebuildPlace, tableOf } from './rebuild-place.ts';

/** The maximum time from when a function asks what is live to when it has written. */
export const FUNCTION_MS = 6000;
/** The longest sleep of a slow function: the rest of its time is for its requests, on a busy machine too. */
const SLOW_MS = 1600;

/** A stream, and functions that write the live tables. */
export interface RebuildWorld {
  /** Puts an event into the stream; a function receives it eventually. */
  publish(event: EventEnvelope): Promise<void>;
  /** Older events, which functions have applied long ago. */
  applied(events: readonly EventEnvelope[]): Promise<void>;
  /** Resolves when no function has anything to do. */
  quiet(): Promise<void>;
  live(): Promise<string>;
  reader(version: string): RelationshipReader;
  remove(versions: readonly string[]): Promise<void>;
}

export async function openRebuildWorld(place: RebuildPlace): Promise<RebuildWorld> {
  const { config, stream } = place;
  const client = openDynamoClient(config.dynamo);
  await createTable(client, tableOf(place, 'control'));
  const control = openDynamoTable(client, tableOf(place, 'control'));
  const kinesis = openKinesisClient(config.kinesis);
  await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 60, minDelay: 1 }, { StreamName: stream });

  const functions = createBoundedKeyQueue(24);
  const asSeen = openLiveVersions(control);
  const opened = new Map<string, RebuiltVersion>();
  async function handleIn(version: string, event: EventEnvelope): Promise<void> {
    let known = opened.get(version);
    if (known === undefined) opened.set(version, (known = openRelationships(place, version)));
    for (const consumer of known.consumers) await handleAlone(consumer)({ ...event, recordedtime: event.time });
  }
  await openRelationships(place, FIRST_VERSION).createTables();

  return {
    async publish(event) {
      const Data = Buffer.from(JSON.stringify(event));
      await kinesis.send(new PutRecordCommand({ StreamName: stream, PartitionKey: event.partitionkey, Data }));
      await functions.take(event.partitionkey, async () => {
        const version = await asSeen.live('relationships');
        await sleep(Math.random() < 0.1 ? SLOW_MS * Math.random() : 0);
        await handleIn(version, event);
      });
    },
    async applied(events) {
      const work = createBoundedKeyQueue(16);
      for (const event of events) await work.take(event.partitionkey, () => handleIn(FIRST_VERSION, event));
      await work.done();
    },
    quiet: () => functions.done(),
    live: () => openLiveVersions(control).now('relationships'),
    reader: (version) => openDynamoRelationshipReader(openDynamoTable(client, tableOf(place, version))),
    async remove(versions) {
      for (const version of ['control', ...versions]) await deleteTable(client, tableOf(place, version));
      await kinesis.send(new DeleteStreamCommand({ StreamName: stream, EnforceConsumerDeletion: true }));
      for (const { close } of opened.values()) await close();
      kinesis.destroy();
      client.close();
    },
  };
}
