import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from './body.ts';
import { event, joined, objectId, openTestServer, posts, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

let head = 0;
let quarantined = 0;
beforeEach(async () => {
  ({ head, quarantined } = await server.engine.status());
});

const change = (coll: string, id: string, operation: object) => ({
  _id: { _data: JSON.stringify([coll, id, operation]) },
  clusterTime: { $timestamp: { t: 1_600_000_000, i: 1 } },
  ns: { db: 'yubl', coll },
  documentKey: { _id: { $oid: id } },
  ...operation,
});

const insertedUser = (userId: string) =>
  change('users', userId, {
    operationType: 'insert',
    fullDocument: { _id: { $oid: userId }, userName: 'legacy', createdAt: { $date: '2020-01-01T00:00:00Z' } },
  });

describe('POST /events', () => {
  it('takes one event, and the answer names its position', async () => {
    const { status, json } = await server.post('/events', joined(objectId(1)));
    expect(status).toBe(202);
    const report = { accepted: 1, duplicates: 0, quarantined: 0, ignored: 0, position: head + 1, problems: [] };
    expect(json).toEqual(report);
    expect(await server.engine.log.head()).toBe(head + 1);
  });

  it('takes a JSON array and NDJSON, whatever the content type says', async () => {
    const events = [joined(objectId(2)), joined(objectId(3))];
    expect((await server.post('/events', events)).json).toMatchObject({ accepted: 2, position: head + 2 });
    const lines = [joined(objectId(4)), joined(objectId(5)), joined(objectId(6))].map((one) => JSON.stringify(one));
    const ndjson = await server.post('/events', lines.join('\r\n'), { 'content-type': 'text/plain' });
    expect(ndjson.json).toMatchObject({ accepted: 3, position: head + 5 });
  });

  it('takes an event once, however often it comes', async () => {
    const one = joined(objectId(7));
    const first = await server.post('/events', one);
    const second = await server.post('/events', [one, one]);
    expect(second.json).toMatchObject({ accepted: 0, duplicates: 2, position: first.json.position });
    expect(await server.engine.log.head()).toBe(head + 1);
  });

  it('quarantines what it cannot take and takes the rest', async () => {
    const good = joined(objectId(8));
    const conflicting = { ...good, data: { userId: objectId(8), userName: 'other', joinedAt: '2020-01-01T00:00:00Z' } };
    const body = [good, { ...joined(objectId(9)), type: 'user-flew' }, 7, conflicting, { ...joined('NOT-AN-ID') }];
    const { status, json } = await server.post('/events', body);
    expect(status).toBe(202);
    expect(json).toMatchObject({ accepted: 1, quarantined: 4, position: head + 1 });
    const codes = json.problems.map(({ index, code }: { index: number; code: string }) => [index, code]);
    expect(codes).toEqual([
      [1, 'EVENT_TYPE_UNKNOWN'],
      [2, 'EVENT_INVALID'],
      [3, 'EVENT_ID_CONFLICT'],
      [4, 'EVENT_INVALID'],
    ]);
    expect((await server.get('/status')).json.quarantined).toBe(quarantined + 4);
  });

  it.each(['{"half', 'not json at all', '[1,2', '\u0000'])('quarantines %j as NOT_JSON', async (body) => {
    const { status, json } = await server.post('/events', `${body}${head}`);
    expect(status).toBe(202);
    expect(json).toMatchObject({ accepted: 0, quarantined: 1, problems: [{ index: 0, code: 'NOT_JSON' }] });
  });

  it('does not change the text of an item that is not UTF-8, and takes its neighbours', async () => {
    const lines = [joined(objectId(10)), posts(objectId(10), objectId(10), '~'), joined(objectId(11))];
    const body = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
    body[body.indexOf('~')] = 0xff;
    const { json } = await server.post('/events', body);
    expect(json).toMatchObject({ accepted: 2, quarantined: 1, problems: [{ index: 1, code: 'NOT_JSON' }] });
  });

  it('takes an empty batch', async () => {
    for (const body of ['', '[]', '\n\n']) {
      expect((await server.post('/events', body)).json).toMatchObject({ accepted: 0, quarantined: 0, position: head });
    }
  });

  it('counts many bad lines, and names the first thousand', async () => {
    const good = joined(objectId(12));
    const lines = Array.from({ length: 12_000 }, (_, index) => `bad line ${index}`);
    const { status, json } = await server.post('/events', [...lines, JSON.stringify(good), 'last'].join('\n'));
    expect(status).toBe(202);
    expect(json).toMatchObject({ accepted: 1, quarantined: 12_001, position: head + 1 });
    expect(json.problems.map(({ index }: { index: number }) => index)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });
});

describe('a large batch', () => {
  it('names the place of a bad item in the whole of it', async () => {
    const users = Array.from({ length: 5500 }, (_, index) => joined(objectId(index, 7)));
    const { json } = await server.post('/events', [...users, 'bad', ...users.slice(0, 10)]);
    expect(json).toMatchObject({ accepted: 5500, duplicates: 10, quarantined: 1, position: head + 5500 });
    expect(json.problems).toMatchObject([{ index: 5500, code: 'EVENT_INVALID' }]);
  });
});

describe('POST /legacy/changes', () => {
  it('turns changes into events, once', async () => {
    const userId = objectId(20);
    const { json } = await server.post('/legacy/changes', [insertedUser(userId), insertedUser(userId)]);
    expect(json).toMatchObject({ accepted: 1, duplicates: 1, position: head + 1 });
    expect((await server.get(`/users/${userId}?after=${json.position}`)).json.userName).toBe('legacy');
  });

  it('quarantines what it cannot map', async () => {
    const strange = change('users', objectId(21), { operationType: 'drop' });
    const { json } = await server.post('/legacy/changes', `${JSON.stringify(strange)}\nnonsense`);
    expect(json).toMatchObject({ accepted: 0, quarantined: 2 });
    expect(json.problems[1]).toMatchObject({ index: 1, code: 'NOT_JSON' });
  });
});

describe('a body over the limit', () => {
  const large = () => {
    const one = joined(objectId(30), 'x'.repeat(200));
    return Buffer.from(`${JSON.stringify(one)}\n`.repeat(Math.ceil((BODY_BYTES_MAX + 1) / 300)));
  };

  it('is refused with 413, and nothing of it is kept', async () => {
    const { status, json } = await server.post('/events', large());
    expect([status, json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await server.engine.status()).toMatchObject({ head, quarantined });
  });

  it('is refused the same in chunks without a length', async () => {
    const answer = await sendChunked(`${server.url}/legacy/changes`, large());
    expect([answer.status, answer.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await server.engine.status()).toMatchObject({ head, quarantined });
  });

  it('is refused where it holds too many items', async () => {
    const { status, json } = await server.post('/events', '1\n'.repeat(300_000));
    expect([status, json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await server.engine.status()).toMatchObject({ head, quarantined });
  });

  it('is not reached by one that just fits', async () => {
    const padding = ' '.repeat(BODY_BYTES_MAX - 1000);
    const { status, json } = await server.post('/events', padding + JSON.stringify(joined(objectId(31))));
    expect([status, json.accepted]).toEqual([202, 1]);
  });
});

function sendChunked(url: string, body: Buffer): Promise<{ status: number | undefined; code: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, code: (JSON.parse(text) as { code: string }).code }),
      );
    });
    sent.on('error', reject);
    for (let at = 0; at < body.length; at += 100_000) sent.write(body.subarray(at, at + 100_000));
    sent.end();
  });
}

async function quarantinedIds(): Promise<number[]> {
  const ids: number[] = [];
  for (let next: string | null = ''; next !== null;) {
    const { json } = await server.get(`/admin/quarantine?limit=200${next && `&cursor=${next}`}`);
    ids.push(...json.items.map(({ id }: { id: number }) => id));
    for (const item of json.items) expect(item).not.toHaveProperty('raw');
    next = json.next as string | null;
  }
  return ids;
}

describe('the quarantine', () => {
  it('is listed by pages, shown, and released after a fix', async () => {
    const broken = { ...event('user-left', { userId: objectId(40) }), data: {} };
    await server.post('/events', [broken, 'x', 'y']);
    const ids = await quarantinedIds();
    expect(ids).toHaveLength((await server.get('/status')).json.quarantined);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect((await server.get(`/admin/quarantine/${ids.at(-3)}`)).json).toMatchObject({
      door: 'events',
      origin: 'POST /events',
      problem: { code: 'EVENT_INVALID', path: 'data.userId' },
      raw: JSON.stringify(broken),
      truncated: false,
    });
  });

  it('releases what can be accepted now, and keeps what still cannot', async () => {
    const [relationship, one, other] = [objectId(41), objectId(42), objectId(43)];
    const deleted = change('relationships', relationship, { operationType: 'delete' });
    const follower = { _id: { $oid: relationship }, follower: { $oid: one }, followee: { $oid: other } };
    const fullDocument = { ...follower, createdAt: { $date: '2020-01-01T00:00:00Z' } };
    const { json } = await server.post('/legacy/changes', [deleted, 'nonsense of old']);
    expect(json.problems[0].code).toBe('RELATIONSHIP_UNKNOWN');
    const [first, second] = (await quarantinedIds()).slice(-2);

    const tooEarly = await server.post(`/admin/quarantine/${first}/release`, '');
    expect([tooEarly.status, tooEarly.json.outcome]).toEqual([200, 'refused']);
    await server.post(
      '/legacy/changes',
      change('relationships', relationship, { operationType: 'insert', fullDocument }),
    );
    const released = await server.post(`/admin/quarantine/${first}/release`, '');
    expect([released.status, released.json]).toEqual([200, { id: first, outcome: 'released' }]);
    const still = await server.post(`/admin/quarantine/${second}/release`, '');
    expect(still.json).toMatchObject({ id: second, outcome: 'refused', problem: { code: 'CHANGE_INVALID' } });
    expect((await quarantinedIds()).slice(-1)).toEqual([second]);
  });

  it.each(['0', '999999999', 'abc', '-1'])('has no entry %s', async (id) => {
    expect((await server.get(`/admin/quarantine/${id}`)).json.code).toBe('NOT_FOUND');
    expect((await server.post(`/admin/quarantine/${id}/release`, '')).json.code).toBe('NOT_FOUND');
  });
});
