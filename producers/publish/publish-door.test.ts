import { describe, expect, test } from 'vitest';
import { catalog, eventTypes } from '../../events/catalog.ts';
import { correlationOfHeaders, headersOf } from '../../events/carriers/headers.ts';
import type { Correlation } from '../../events/correlation.ts';
import type { JsonObject } from '../../events/json-object.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { NO_CORRELATION } from '../build-event.ts';
import { createHybridClock } from './hybrid-clock.ts';
import { publishDoor } from './publish-door.ts';

const NOW = Date.parse('2020-02-02T02:02:02.002Z');

async function publish(event: unknown, correlation: Correlation = NO_CORRELATION, nowMs = NOW) {
  const now = () => nowMs;
  const door = publishDoor({ clock: createHybridClock(now), now, upcasters: catalogUpcasters() });
  const { readings } = await door.read([{ text: JSON.stringify(event) }], correlation);
  return readings[0];
}

async function publishedAs(event: unknown, correlation?: Correlation) {
  const reading = await publish(event, correlation);
  if (reading?.kind !== 'events') throw new Error(JSON.stringify(reading));
  return reading.events[0];
}

async function refusalOf(event: unknown, correlation?: Correlation) {
  const reading = await publish(event, correlation);
  return reading?.kind === 'refused' ? `${reading.problem.code} ${reading.problem.path}` : reading?.kind;
}

const [posted] = catalog['yubl-posted'].examples;
const [edge] = catalog.followed.examples;
const [joined] = catalog['user-joined'].examples;

const event = (more: JsonObject = {}) => ({
  specversion: '1.0',
  id: 'e1',
  source: 'urn:test',
  type: 'yubl-posted',
  data: posted,
  ...more,
});

describe('an event', () => {
  test('needs a name, a type and data, and gets the rest', async () => {
    expect(await publishedAs(event())).toEqual({
      ...event(),
      time: '2020-02-02T02:02:02.002Z',
      datacontenttype: 'application/json',
      dataschema: catalog['yubl-posted'].dataschema,
      subject: posted?.yublId,
      partitionkey: posted?.yublId,
      sequence: '15806089220000002000',
      correlationid: 'e1',
    });
  });

  test.each([
    [253_402_300_800_000, '9999-12-31T23:59:59.999Z'],
    [8.64e15, '9999-12-31T23:59:59.999Z'],
    [-8.64e15, '0000-01-01T00:00:00.000Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
  ])('is stamped by a clock at %d ms with what can be sent in again', async (nowMs, time) => {
    const first = await publish(event(), undefined, nowMs);
    const [stamped] = first?.kind === 'events' ? first.events : [];
    expect(stamped).toMatchObject({ time, sequence: '00000000000000000001' });
    expect(await publishedAs(stamped)).toEqual(stamped);
  });

  test.each([
    ['1985-04-12t23:20:50.52z', '1985-04-12T23:20:50.520Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
  ])('of the time %s, which RFC 3339 allows, is taken with %s', async (time, utc) => {
    expect(await publishedAs(event({ time, data: { ...posted, postedAt: time } }))).toMatchObject({
      time: utc,
      data: { postedAt: utc },
    });
  });

  test('whose text was cut in the middle of a character has the same text as every store', async () => {
    const cut = await publishedAs(event({ data: { ...posted, text: 'party\ud83d' } }));
    expect(cut).toMatchObject({ data: { text: 'party\ufffd' } });
  });

  test.each(eventTypes)('of the catalog is taken with its example: %s', async (type) => {
    const [data] = catalog[type].examples;
    expect(await publishedAs(event({ type, data }))).toMatchObject({ type, data });
  });

  test('keeps what it says itself', async () => {
    const said = {
      time: '2016-02-22T07:02:00.000Z',
      sequence: '14561245200000000007',
      correlationid: 'c1',
      causationid: 'c0',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      baggage: 'user-id=u1,call-chain-length=9',
      producerid: 'p1',
      producerseq: '12',
      dataschema: catalog['yubl-posted'].dataschema,
      datacontenttype: 'application/json',
    };
    expect(await publishedAs(event(said))).toMatchObject(said);
  });

  test('that came out of the log can be sent in again and is the same', async () => {
    const first = await publishedAs(event({ baggage: 'a=b%20c', producerid: 'p' }));
    const recorded = { ...first, position: 7, recordedtime: '2020-02-02T02:02:02.003Z', unknownextension: 'x' };
    expect(await publishedAs(recorded)).toEqual(first);
  });

  test('is called by the name of the catalog if it comes by its older name', async () => {
    const older = event({ type: 'new-user-joined', dataschema: 'figtree:new-user-joined:1', data: joined });
    expect(await publishedAs(older)).toMatchObject({ type: 'user-joined', dataschema: 'figtree:user-joined:1' });
  });

  test('has its time in UTC with milliseconds', async () => {
    expect(await publishedAs(event({ time: '2016-02-22T08:02:00+01:00' }))).toHaveProperty(
      'time',
      '2016-02-22T07:02:00.000Z',
    );
  });

  test('may have an offset in its data', async () => {
    const data = { ...posted, postedAt: '2016-02-22T08:02:00.5+01:00' };
    expect(await publishedAs(event({ data }))).toMatchObject({ data });
  });

  test.each([
    ['7', '00000000000000000007'],
    [7, '00000000000000000007'],
    ['42949672954294967295', '42949672954294967295'],
  ])('has its sequence %j with leading zeros', async (sequence, expected) => {
    expect(await publishedAs(event({ sequence }))).toHaveProperty('sequence', expected);
  });

  test('has the subject and the key of the catalog, whatever it says', async () => {
    const reading = await publishedAs(event({ type: 'followed', data: edge, subject: 'x', partitionkey: 'y' }));
    expect(reading).toMatchObject({ subject: edge?.relationshipId, partitionkey: edge?.followerId });
  });

  test('has no data but what its type declares', async () => {
    const data = { ...posted, likes: 7, __context__: { 'x-correlation-id': 'c' } };
    expect((await publishedAs(event({ data })))?.data).toEqual(posted);
  });

  test('takes null for absent', async () => {
    const nothing = {
      time: null,
      sequence: null,
      dataschema: null,
      subject: null,
      traceparent: null,
      producerid: null,
    };
    expect(await publishedAs(event(nothing))).toEqual(await publishedAs(event()));
  });
});

describe('an event is refused', () => {
  test.each([
    ['is no object', [1], 'EVENT_INVALID undefined'],
    ['is null', null, 'EVENT_INVALID undefined'],
    ['is of another CloudEvents', event({ specversion: '0.3' }), 'EVENT_INVALID specversion'],
    ['has no id', event({ id: undefined }), 'EVENT_INVALID id'],
    ['has an empty id', event({ id: '' }), 'EVENT_INVALID id'],
    ['has a number for an id', event({ id: 5 }), 'EVENT_INVALID id'],
    ['has an endless id', event({ id: 'x'.repeat(1025) }), 'EVENT_INVALID id'],
    ['has half a character in its id', event({ id: 'a\ud800' }), 'EVENT_INVALID id'],
    ['has no source', event({ source: null }), 'EVENT_INVALID source'],
    ['has a control character in its source', event({ source: 'a\u0000' }), 'EVENT_INVALID source'],
    ['has no type', event({ type: undefined }), 'EVENT_INVALID type'],
    ['has a type that is not in the catalog', event({ type: 'yubl-liked' }), 'EVENT_TYPE_UNKNOWN type'],
    ['has a type that every object has', event({ type: 'constructor' }), 'EVENT_TYPE_UNKNOWN type'],
    ['is of a newer version', event({ dataschema: 'figtree:yubl-posted:3' }), 'EVENT_VERSION_NEWER dataschema'],
    ['is of no version', event({ dataschema: 'figtree:yubl-posted:0' }), 'EVENT_INVALID dataschema'],
    ['is of half a version', event({ dataschema: 'figtree:yubl-posted:1.5' }), 'EVENT_INVALID dataschema'],
    ['is of a version of another event', event({ dataschema: 'figtree:followed:1' }), 'EVENT_INVALID dataschema'],
    ['is of a newer version and has no id', event({ id: '', dataschema: 'figtree:yubl-posted:3' }), 'EVENT_INVALID id'],
    ['has a foreign schema', event({ dataschema: 'https://example.org/x' }), 'EVENT_INVALID dataschema'],
    ['is not JSON', event({ datacontenttype: 'text/xml' }), 'EVENT_INVALID datacontenttype'],
    ['has a time without an offset', event({ time: '2016-02-22T07:02:00' }), 'EVENT_INVALID time'],
    ['has a day that does not exist', event({ time: '2016-02-30T07:02:00Z' }), 'EVENT_INVALID time'],
    ['has a sequence of letters', event({ sequence: 'abc' }), 'EVENT_INVALID sequence'],
    ['has a sequence that is too large', event({ sequence: '99999999999999999999' }), 'EVENT_INVALID sequence'],
    ['has a negative sequence', event({ sequence: -1 }), 'EVENT_INVALID sequence'],
    ['has a correlation that is no text', event({ correlationid: 5 }), 'EVENT_INVALID correlationid'],
    ['has baggage that is no text', event({ baggage: {} }), 'EVENT_INVALID baggage'],
    ['has no data', event({ data: undefined }), 'EVENT_INVALID data'],
    ['has data that is text', event({ data: JSON.stringify(posted) }), 'EVENT_INVALID data'],
    ['lacks a field', event({ data: { ...posted, text: undefined } }), 'EVENT_INVALID data.text'],
    ['has a field of another type', event({ data: { ...posted, yublId: 5 } }), 'EVENT_INVALID data.yublId'],
    ['has an id in upper case', event({ data: { ...posted, yublId: 'A'.repeat(24) } }), 'EVENT_INVALID data.yublId'],
    [
      'is a self-follow',
      event({ type: 'followed', data: { ...edge, followeeId: edge?.followerId } }),
      'SELF_FOLLOW data.followeeId',
    ],
  ])('if it %s', async (_, value, expected) => {
    expect(await refusalOf(value)).toBe(expected);
  });

  test('with all that is wrong with it', async () => {
    const reading = await publish(event({ id: '', time: 5, data: {} }));
    const message = reading?.kind === 'refused' ? reading.problem.message : '';
    for (const path of ['id', 'time', 'data.yublId', 'data.authorId', 'data.text', 'data.postedAt']) {
      expect(message).toContain(`${path} `);
    }
  });

  test('if its chain of causes is so long that it must be a loop', async () => {
    expect(await refusalOf(event({ baggage: 'call-chain-length=10' }))).toBe('EVENT_INVALID baggage');
    expect(await refusalOf(event(), { baggage: 'call-chain-length=11' })).toBe('EVENT_INVALID baggage');
    expect(await refusalOf(event({ baggage: 'call-chain-length=9' }))).toBe('events');
    expect(await refusalOf(event({ baggage: 'call-chain-length=many' }))).toBe('events');
  });
});

describe('the correlation of an event', () => {
  const request = { correlationid: 'of-request', causationid: 'cause', baggage: 'user-id=of-request' };
  const context = { 'x-correlation-id': 'of-payload', 'x-correlation-user-id': 'payload-user' };
  const withContext = { data: { ...posted, __context__: context } };

  test('is its own first', async () => {
    const own = { correlationid: 'own', causationid: 'own-cause', baggage: 'user-id=own' };
    expect(await publishedAs(event({ ...own, ...withContext }), request)).toMatchObject(own);
  });

  test('is that of an old payload if it has none itself', async () => {
    expect(await publishedAs(event(withContext), request)).toMatchObject({
      correlationid: 'of-payload',
      causationid: 'cause',
      baggage: 'user-id=payload-user',
    });
  });

  test("is the request's if neither has one", async () => {
    expect(await publishedAs(event(), request)).toMatchObject(request);
  });

  test('begins a flow if nobody has one', async () => {
    expect(await publishedAs(event())).toHaveProperty('correlationid', 'e1');
  });

  test.each([
    ['as long as an id may be', 'x'.repeat(1024)],
    ['with letters joined by an invisible one', 'family-\u{1f469}\u200d\u{1f467}-1'],
    ['with soft hyphens, marks of direction and separators', 'a\u00adb\u200fc\u2028d\u{e0041}'],
    ['with blanks around it', ' a '],
    ['with a character that no message may hold', 'a\uffff'],
  ])('continues under the id of the event that began it: %s', async (_, id) => {
    const begun = await publishedAs(event({ id }));
    expect(begun).toMatchObject({ id, correlationid: id });
    const carriedOn = await publishedAs(event({ correlationid: id, causationid: id }));
    expect(carriedOn).toMatchObject({ correlationid: id, causationid: id });
    const atOnce = await publishedAs(event(), correlationOfHeaders(headersOf({ correlationid: id, causationid: id })));
    expect(atOnce).toMatchObject({ correlationid: id, causationid: id });
  });

  test('is cleaned like that of a request', async () => {
    const dirty = { correlationid: 'a\r\nb', traceparent: 'bad', baggage: 'a=1,b c=2' };
    const published = await publishedAs(event(dirty));
    expect(published).toMatchObject({ correlationid: 'ab', baggage: 'a=1' });
    expect(published).not.toHaveProperty('traceparent');
  });
});
