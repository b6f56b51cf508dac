import { KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import { openKinesisEventAppender } from '../../adapters/aws/kinesis/event-appender.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { type Benchmark, expectEqual, figure } from '../harness/benchmark.ts';
import { type Servant, startServant } from '../harness/child.ts';

const ROUND_TRIP_MS = 10;
const EVENT_BYTES = 1024;
const KEYS = 20_000;
const PUBLISHERS = 4000;
const BAR_REQUESTS = 3;
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

export const kinesis: Benchmark = {
  name: 'kinesis',
  title: 'Publishing to Kinesis',
  async run({ quick, say }) {
    const count = quick ? 10_000 : 60_000;
    const server = await startServant(new URL('./kinesis-server-process.ts', import.meta.url), [String(ROUND_TRIP_MS)]);
    const ports = server.ready as { http1: number; http2: number };
    const own = `http://127.0.0.1:${ports.http1}`;
    const runs: Record<'figtree' | 'floor' | 'peer' | 'oneKey', Run[]> = {
      figtree: [],
      floor: [],
      peer: [],
      oneKey: [],
    };
    try {
      for (let round = 0; round < (quick ? 1 : 5); round += 1) {
        say(`${count} events, round ${round + 1}`);
        runs.figtree.push(await measured(server, count, () => byFigtree(own, eventsOf(count, KEYS), PUBLISHERS)));
        runs.floor.push(await measured(server, count, () => byPutRecords(own, eventsOf(count, KEYS))));
        const few = 1000;
        runs.peer.push(await measured(server, few, () => bySingleRecords(ports.http2, eventsOf(few, KEYS))));
        runs.oneKey.push(await measured(server, 200, () => byFigtree(own, eventsOf(200, 1), 200)));
      }
    } finally {
      await server.stop();
    }
    const per1000 = (of: readonly Run[]) => of.map(({ requests, events }) => (1000 * requests) / events);
    const perSecond = (of: readonly Run[]) => of.map(({ events, seconds }) => events / seconds);
    return {
      input: `events of ${EVENT_BYTES} bytes under ${KEYS.toLocaleString('en')} keys, ${PUBLISHERS.toLocaleString('en')} publishers that each await their own event; a stub in another process that responds after ${ROUND_TRIP_MS} ms`,
      figures: [
        figure('requests per 1,000 events', '', { runs: per1000(runs.figtree), bar: { atMost: BAR_REQUESTS } }),
        figure('events per second', '/s', { runs: perSecond(runs.figtree) }),
        figure('connections', '', { runs: runs.figtree.map(({ connections }) => connections) }),
        figure('floor, full PutRecords only: events per second', '/s', { runs: perSecond(runs.floor) }),
        figure('peer, one PutRecord each: requests per 1,000 events', '', { runs: per1000(runs.peer) }),
        figure('peer, one PutRecord each: events per second', '/s', { runs: perSecond(runs.peer) }),
        figure('peer, one PutRecord each: connections per 1,000 events', '', {
          runs: runs.peer.map(({ connections, events }) => (1000 * connections) / events),
        }),
        figure('all events under one key: events per second', '/s', { runs: perSecond(runs.oneKey) }),
      ],
      notes: [
        'The peer is the SDK’s Kinesis client with its defaults, 100 requests at a time. Nothing here uses TLS, so its sessions are cheaper than in reality.',
        'One record per key is in flight at a time, so a single key is limited by round trips.',
        'The producer and the stub share the machine; the producer is one thread.',
      ],
    };
  },
};

interface Run {
  readonly events: number;
  readonly seconds: number;
  readonly requests: number;
  readonly connections: number;
}

interface Counted {
  readonly requests: number;
  readonly records: number;
  readonly connections: number;
}

async function measured(server: Servant, events: number, publish: () => Promise<void>): Promise<Run> {
  await server.ask<Counted>({});
  const start = performance.now();
  await publish();
  const seconds = (performance.now() - start) / 1000;
  const { requests, records, connections } = await server.ask<Counted>({});
  expectEqual('records that arrived', records, events);
  return { events, seconds, requests, connections };
}

async function byFigtree(endpoint: string, events: readonly EventEnvelope[], publishers: number): Promise<void> {
  const client = openKinesisClient({ ...LOCAL, endpoint });
  const appender = await openKinesisEventAppender(client, { stream: 'events' });
  await sideBySide(events, publishers, async (event) => void (await appender.append([event])));
  await appender.close();
  client.destroy();
}

/** An upper bound for any producer that keeps the order. */
async function byPutRecords(endpoint: string, events: readonly EventEnvelope[]): Promise<void> {
  const client = openKinesisClient({ ...LOCAL, endpoint });
  const batches = Array.from({ length: Math.ceil(events.length / 500) }, (_, place) =>
    events.slice(place * 500, (place + 1) * 500),
  );
  await sideBySide(batches, 4, async (batch) => {
    const Records = batch.map((event) => ({ PartitionKey: event.partitionkey, Data: bytesOf(event) }));
    await client.send(new PutRecordsCommand({ StreamName: 'events', Records }));
  });
  client.destroy();
}

async function bySingleRecords(port: number, events: readonly EventEnvelope[]): Promise<void> {
  const client = new KinesisClient({ ...LOCAL, endpoint: `http://127.0.0.1:${port}` });
  await sideBySide(events, 100, async (event) => {
    const record = { PartitionKey: event.partitionkey, Data: bytesOf(event) };
    await client.send(new PutRecordCommand({ StreamName: 'events', ...record }));
  });
  client.destroy();
}

async function sideBySide<Item>(items: readonly Item[], width: number, each: (item: Item) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await each(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

const bytesOf = (event: EventEnvelope) => new TextEncoder().encode(JSON.stringify(event));

function eventsOf(count: number, keys: number): EventEnvelope[] {
  const text = 'x'.repeat(EVENT_BYTES - JSON.stringify(event(0, 0, '')).length);
  return Array.from({ length: count }, (_, number) => event(number, number % keys, text));
}

function event(number: number, key: number, text: string): EventEnvelope {
  const yublId = key.toString(16).padStart(24, '0');
  const id = `bench-${String(number).padStart(8, '0')}`;
  const time = '2016-02-22T07:02:00.000Z';
  return {
    specversion: '1.0',
    id,
    source: 'urn:bench',
    type: 'yubl-posted',
    time,
    datacontenttype: 'application/json',
    dataschema: 'figtree:yubl-posted:2',
    subject: yublId,
    partitionkey: yublId,
    sequence: sequenceOf(1_456_124_520, number),
    correlationid: id,
    data: { yublId, authorId: '56cab268fd9255c263d2e00e', text, postedAt: time },
  };
}
