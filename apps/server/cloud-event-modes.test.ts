import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ITEM_BYTES_MAX, ITEM_VALUES_MAX } from '../../producers/item-limits.ts';
import { structuredEvent } from './cloud-event-modes.ts';
import { joined, objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

let made = 0;
function userJoined() {
  const { data } = joined(objectId((made += 1), 6), 'Zoë "日本"') as { data: object };
  return data;
}

const attributes = { 'ce-specversion': '1.0', 'ce-type': 'user-joined', 'ce-source': 'urn:test', 'ce-id': 'plain' };
const named = (id: string, more: Record<string, string> = {}) => ({
  ...attributes,
  'content-type': 'application/json',
  'ce-id': id,
  ...more,
});

async function lastEvent(position: number) {
  return (await server.get(`/events?from=${position}&limit=1`)).json.items[0];
}

describe('an event in binary mode', () => {
  it('is taken with the attributes of its headers and the data of its body', async () => {
    const data = userJoined();
    const headers = named('b-1', {
      'CE-Time': '2020-01-02T03:04:05+01:00',
      'ce-sequence': '7',
      'ce-correlationid': 'c',
    });
    const { status, json } = await server.post('/events', data, headers);
    expect([status, json.accepted, json.problems]).toEqual([202, 1, []]);
    expect(await lastEvent(json.position)).toMatchObject({
      specversion: '1.0',
      id: 'b-1',
      source: 'urn:test',
      type: 'user-joined',
      time: '2020-01-02T02:04:05.000Z',
      sequence: '00000000000000000007',
      correlationid: 'c',
      datacontenttype: 'application/json',
      data,
    });
  });

  // HTTP binding for CloudEvents 1.0.2, 3.1.3.2.
  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%6Eeedless', 'needless'],
    ['"a quoted \\"word\\" and \\\\"', 'a quoted "word" and \\'],
    ['"%41"', 'A'],
    ['%2541', '%41'],
    ['50%', '50%'],
    ['"', '"'],
  ])('may have the id %s, which is %s', async (sent, id) => {
    const { json } = await server.post('/events', userJoined(), named(sent));
    expect((await lastEvent(json.position)).id).toBe(id);
  });

  it.each(['%C0%A0', '%ff', 'a%E2%82b'])('is refused with %s, which is not UTF-8', async (id) => {
    const { status, json } = await server.post('/events', userJoined(), named(id));
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it.each([
    'application/json; charset=UTF-8',
    'APPLICATION/JSON',
    'application/vnd.example+json',
    'application/json;charset="utf-8"',
  ])('may have data of the type %s', async (type) => {
    const id = `type ${type}`;
    expect(
      (await server.post('/events', userJoined(), named(encodeURIComponent(id), { 'content-type': type }))).json
        .accepted,
    ).toBe(1);
  });

  it('may have data over several lines, and behind a byte order mark', async () => {
    const pretty = `\ufeff${JSON.stringify(userJoined(), undefined, 2)}\n`;
    expect((await server.post('/events', pretty, named('lines'))).json).toMatchObject({ accepted: 1, quarantined: 0 });
  });

  it('is the same event as in structured mode', async () => {
    const data = userJoined();
    await server.post('/events', data, named('twice', { 'ce-time': '2020-01-01T00:00:00Z', 'ce-sequence': '5' }));
    const structured = { specversion: '1.0', type: 'user-joined', source: 'urn:test', id: 'twice', data };
    const type = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    expect((await server.post('/events', structured, type)).json).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  it.each([
    ['no data', '', 'data'],
    ['data that is not JSON', '{"userId":', 'data'],
    ['data that closes the event and opens another', '{}},{"id":"smuggled"', 'data'],
    ['two documents for data', '{"a":1}\n{"b":2}', 'data'],
  ])('with %s is kept in quarantine as one event', async (_, body, path) => {
    const { json } = await server.post('/events', body, named(`bad ${(made += 1)}`));
    expect(json).toMatchObject({ accepted: 0, quarantined: 1, problems: [{ code: 'EVENT_INVALID' }] });
    expect(json.problems[0].path).toBe(path);
  });

  it('without an attribute that it needs says which', async () => {
    const { 'ce-specversion': _version, ...rest } = named('none');
    const { json } = await server.post('/events', userJoined(), rest);
    expect(json.problems).toMatchObject([{ code: 'EVENT_INVALID', path: 'specversion' }]);
  });
});

describe('the data of an event in binary mode', () => {
  afterEach(() => void vi.restoreAllMocks());

  const numbers = (count: number) => `[${Array(count).fill('1').join()}]`;
  it.each([
    ['of more values than an item may have', numbers(ITEM_VALUES_MAX + 1), 'ITEM_TOO_COMPLEX'],
    ['of many more', numbers(1_000_000), 'LINE_TOO_LONG'],
    ['of too many values that are not JSON', '[,'.repeat(ITEM_VALUES_MAX), 'ITEM_TOO_COMPLEX'],
    ['of more bytes than an item may have', `"${'x'.repeat(ITEM_BYTES_MAX - 1)}"`, 'LINE_TOO_LONG'],
    ['of as many bytes as a body may have', '{"'.repeat(4 * 1024 * 1024), 'LINE_TOO_LONG'],
  ])('%s is refused unread, as one item', async (_, data, code) => {
    const parsed = vi.spyOn(JSON, 'parse');
    const headers = new Headers(named('large'));
    const event = await structuredEvent(headers, Buffer.from(data), async () => {});
    expect(parsed).not.toHaveBeenCalled();
    expect(event).toMatchObject({ refused: { problem: { code } } });
    const { json } = await server.post('/events', data, named('large'));
    expect(json).toMatchObject({ accepted: 0, quarantined: 1, problems: [{ index: 0, code }] });
  });

  it('of as many values or bytes as an item may have is read', async () => {
    for (const data of [numbers(ITEM_VALUES_MAX), `"${'x'.repeat(ITEM_BYTES_MAX - 2)}"`]) {
      const event = await structuredEvent(new Headers(named('just')), Buffer.from(data), async () => {});
      expect('body' in event && JSON.parse(Buffer.from(event.body).toString())).toMatchObject({
        id: 'just',
        data: JSON.parse(data) as unknown,
      });
    }
  });
});

describe('events in another format than JSON', () => {
  it.each([
    'application/cloudevents+xml',
    'application/cloudevents+avro',
    'application/cloudevents',
    'application/cloudevents-batch+protobuf',
    'APPLICATION/CLOUDEVENTS+XML; charset=utf-8',
    'application/cloudevents+json; charset=utf-16',
  ])('are refused where they say so themselves: %s', async (type) => {
    const { status, json } = await server.post('/events', '[]', { 'content-type': type });
    expect([status, json.code, json.retryable]).toEqual([415, 'CONTENT_TYPE_UNSUPPORTED', false]);
  });

  it.each(['text/xml', 'application/x-www-form-urlencoded', 'application/json; charset=iso-8859-1'])(
    'are refused in binary mode with data of %s',
    async (type) => {
      const quarantined = (await server.get('/status')).json.quarantined;
      const { status, json } = await server.post('/events', '<a/>', named('xml', { 'content-type': type }));
      expect([status, json.code]).toEqual([415, 'CONTENT_TYPE_UNSUPPORTED']);
      expect((await server.get('/status')).json.quarantined).toBe(quarantined);
    },
  );
});

it('a batch is taken by its own type, also an empty one', async () => {
  const batch = { 'content-type': 'application/cloudevents-batch+json' };
  expect((await server.post('/events', [joined(objectId(1, 7)), joined(objectId(2, 7))], batch)).json.accepted).toBe(2);
  expect((await server.post('/events', [], batch)).json).toMatchObject({ accepted: 0, quarantined: 0 });
});

it('a request that says nothing of CloudEvents may have any content type', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
    const answer = await server.post('/events', joined(objectId((made += 1), 8)), { 'content-type': type });
    expect(answer.json.accepted).toBe(1);
  }
});
