import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KinesisStandIn, openKinesisStandIn } from '../../testing/aws/kinesis-stand-in.ts';
import { createStreamModel, type StreamModel } from '../../testing/aws/kinesis-stream-model.ts';
import { catalog, type EventType, eventTypes } from '../../events/catalog.ts';
import { withCorrelation } from '../../events/correlation.ts';
import { dataschemaOf, type EventEnvelope } from '../../events/envelope.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { definitionOf, NO_CORRELATION } from '../build-event.ts';
import { createHybridClock } from '../publish/hybrid-clock.ts';
import { publishDoor } from '../publish/publish-door.ts';
import { eventFacts } from './event-facts.ts';
import { type MonolithClient, openMonolithClient } from './monolith-client.ts';
import type { MonolithEvent } from './build-envelope.ts';

let model: StreamModel;
let standIn: KinesisStandIn;
let client: MonolithClient;

beforeEach(async () => {
  model = createStreamModel();
  standIn = await openKinesisStandIn({ model });
  client = await openMonolithClient({
    stream: 'events',
    source: 'urn:monolith',
    region: 'us-east-1',
    endpoint: standIn.endpoint,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    lingerMs: 1,
  });
});
afterEach(async () => {
  await client.close();
  await standIn.close();
});

const published = () =>
  model.records().map(({ PartitionKey, Data }) => ({
    key: PartitionKey,
    event: JSON.parse(Buffer.from(Data, 'base64').toString()) as EventEnvelope,
  }));

function exampleOf(type: EventType, more: Partial<MonolithEvent> = {}): MonolithEvent {
  return { type, data: catalog[type].examples[0], ...more } as MonolithEvent;
}

async function throughDoor(event: EventEnvelope): Promise<unknown> {
  const door = publishDoor({ clock: createHybridClock(Date.now), now: Date.now, upcasters: catalogUpcasters() });
  const { readings } = await door.read([{ text: JSON.stringify(event) }], NO_CORRELATION);
  return readings[0]?.kind === 'events' ? readings[0].events[0] : readings[0];
}

describe.each(eventTypes)('%s', (type) => {
  test('has the version, the subject and the key of the catalog', () => {
    const definition = definitionOf(type);
    const facts: { version: number; subject: string; key: string } = eventFacts[type];
    expect(dataschemaOf(type, facts.version)).toBe(definition.dataschema);
    for (const data of definition.examples as Record<string, unknown>[]) {
      expect(data[facts.subject]).toBe(definition.subject(data));
      expect(data[facts.key]).toBe(definition.partitionKey(data));
    }
  });

  test('arrives under its key as the publish door would have made it', async () => {
    const returned = await client.publish(exampleOf(type));
    expect(published()).toEqual([{ key: returned.partitionkey, event: returned }]);
    expect(await throughDoor(returned)).toEqual(returned);
  });
});

describe('an event', () => {
  test('keeps what it says itself', async () => {
    const said = { id: 'row 7 v3', time: '2016-02-22T08:02:00+01:00', sequence: '14561245200000000007' };
    expect(await client.publish(exampleOf('yubl-posted', said))).toMatchObject({
      ...said,
      source: 'urn:monolith',
      time: '2016-02-22T07:02:00.000Z',
      correlationid: 'row 7 v3',
    });
  });

  test('has an id, a time and a sequence of its own otherwise, and sequences grow', async () => {
    const before = new Date().toISOString();
    const events = await client.publishAll([exampleOf('followed'), exampleOf('unfollowed'), exampleOf('user-left')]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map(({ sequence }) => sequence).toSorted());
    for (const { time } of events) expect(time >= before && time <= new Date().toISOString()).toBe(true);
  });

  test('belongs to the request in which it is published; its own headers win over that, and its own words over both', async () => {
    const around = { 'X-Correlation-Id': 'around', 'x-correlation-user-id': 'u1' };
    const publish = (more: Partial<MonolithEvent>) =>
      client.withRequest(around, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return client.publish(exampleOf('followed', more));
      });
    expect(await publish({})).toMatchObject({ correlationid: 'around', baggage: 'user-id=u1' });
    const headers = { 'x-correlation-id': 'of the headers' };
    expect(await publish({ headers })).toMatchObject({ correlationid: 'of the headers', baggage: 'user-id=u1' });
    const correlation = { correlationid: 'own', causationid: 'cause' };
    expect(await publish({ headers, correlation })).toMatchObject({ ...correlation, baggage: 'user-id=u1' });
    const inside = withCorrelation({ correlationid: 'context' }, () => client.publish(exampleOf('followed')));
    expect(await inside).toMatchObject({ correlationid: 'context' });
  });

  test.each<[string, Partial<Record<keyof MonolithEvent, unknown>>, string]>([
    ['of an unknown type', { type: 'yubl-liked' }, 'EVENT_TYPE_UNKNOWN'],
    ['with an empty id', { id: '' }, 'EVENT_INVALID'],
    ['with a control character in its id', { id: 'a\u0000' }, 'EVENT_INVALID'],
    ['with a time without an offset', { time: '2020-01-01T00:00:00' }, 'EVENT_INVALID'],
    ['with a time that is none', { time: new Date(Number.NaN) }, 'EVENT_INVALID'],
    ['with a sequence that is none', { sequence: 'x' }, 'EVENT_INVALID'],
    ['without the field that is its key', { data: { authorId: 'x' } }, 'EVENT_INVALID'],
    ['whose key is too long', { data: { yublId: 'x'.repeat(257) } }, 'EVENT_INVALID'],
    ['that is too large', { data: { yublId: 'x', text: 'x'.repeat(2 ** 20) } }, 'EVENT_TOO_LARGE'],
  ])('%s is refused at once, and what came with it too', async (_, wrong, code) => {
    const bad = { ...exampleOf('yubl-posted'), ...wrong } as MonolithEvent;
    await expect(client.publishAll([exampleOf('followed'), bad])).rejects.toMatchObject({ code, retryable: false });
    expect(published()).toEqual([]);
  });
});
