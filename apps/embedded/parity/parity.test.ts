import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { EventData, EventType } from '../../../events/catalog.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { recordedEvent } from '../../../ports/contracts/histories.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { parityHolds } from '../../../replay/parity.ts';
import { legacyApi } from '../../parity/legacy-api.ts';
import { comparePath, type ParityOptions } from './parity.ts';
import { sampledPlaces } from '../../parity/sampling.ts';
import { builtProjections } from '../../../testing/engine/built-projections.ts';
import { feedParity } from '../../parity/feed.ts';

const id = (number: number) => number.toString(16).padStart(24, '0');
const [ada, bob, cat] = [id(1), id(2), id(3)] as const;
const yubl = (number: number) => id(100 + number);
const at = '2016-02-22T07:02:00.000Z';

/** Ada posts five yubls, which Bob and Cat follow; Cat from the third on. */
function history() {
  let position = 0;
  const make = <Type extends EventType>(type: Type, data: EventData<Type>) => {
    position += 1;
    return recordedEvent(type, data, { sequence: sequenceOf(1, position), position });
  };
  const posted = (number: number) =>
    make('yubl-posted', { yublId: yubl(number), authorId: ada, text: `fig number ${number}`, postedAt: at });
  const follows = (followerId: string) =>
    make('followed', { relationshipId: id(50), followerId, followeeId: ada, followedAt: at });
  return [
    make('user-joined', { userId: ada, userName: 'ada_l', firstName: 'Ada', joinedAt: at }),
    make('user-joined', { userId: bob, userName: 'bob', joinedAt: at }),
    make('user-joined', { userId: cat, userName: 'cat', joinedAt: at }),
    follows(bob),
    ...[1, 2].map(posted),
    follows(cat),
    ...[3, 4, 5].map(posted),
  ];
}
const newestFirst = (...numbers: number[]) => numbers.map(yubl);

let folder: string;
let data: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-parity-'));
  data = await builtProjections(folder, history(), 800);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function exported(lines: readonly (object | string)[], zip = false): string {
  const path = join(folder, `export-${Math.random()}`);
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  writeFileSync(path, zip ? gzipSync(text) : text);
  return path;
}

function compare(projection: ProjectionName, against: string, options: Partial<ParityOptions> = {}) {
  return comparePath({ projection, path: join(data, `${projection}.db`), against, feedLength: 800, ...options });
}

const bobsFeed = { userId: bob, items: newestFirst(5, 4, 3, 2, 1) };
const catsFeed = { userId: cat, items: newestFirst(5, 4, 3).map((yublId) => ({ yublId, text: 'not compared' })) };

describe('an export', () => {
  test.each([false, true])('that says the same matches, as ids or as objects (zipped: %s)', async (zip) => {
    const report = await compare('feed', exported([bobsFeed, catsFeed, { userId: ada, items: [] }], zip));
    expect(report).toMatchObject({ keys: 3, matching: 3, matchPercent: 100, position: 10, differences: [] });
    expect(parityHolds(report, 100)).toBe(true);
  });

  test('of feeds: what is missing here and there, and another order, each with the events behind it', async () => {
    const catsWrong = { userId: cat, items: newestFirst(5, 4, 3, 2) };
    const bobsWrong = { userId: bob, items: newestFirst(5, 3, 4, 1) };
    const report = await compare('feed', exported([catsWrong, bobsWrong]));
    expect(report).toMatchObject({
      keys: 2,
      matching: 0,
      matchPercent: 0,
      kinds: { 'missing-here': 1, 'missing-there': 1, order: 1, value: 0 },
    });
    const [first, second] = report.differences;
    expect(first).toMatchObject({
      key: cat,
      field: 'items',
      kinds: ['missing-here'],
      from: 3,
      ours: [],
      theirs: [yubl(2)],
      because: [{ id: yubl(2), there: false, reason: 'posted-before-follow', asTheLogSays: true }],
    });
    expect(first?.because[0]?.events.map(({ position, type }) => [position, type])).toEqual([
      [7, 'followed'],
      [6, 'yubl-posted'],
    ]);
    expect(second).toMatchObject({ kinds: ['missing-there', 'order'], from: 1 });
    expect(second?.because.map(({ id, reason }) => [id, reason])).toEqual([
      [yubl(2), 'in'],
      [yubl(4), 'in'],
      [yubl(3), 'in'],
    ]);
    expect(parityHolds(report, 0)).toBe(true);
    expect(parityHolds(report, 1)).toBe(false);
  });

  test('is compared as far as asked, and no further than a feed is long', async () => {
    const longer = { userId: bob, items: newestFirst(5, 4, 9, 8) };
    expect(await compare('feed', exported([longer]), { newest: 2 })).toMatchObject({ matching: 1 });
    expect(await compare('feed', exported([longer]), { feedLength: 2 })).toMatchObject({ matching: 1 });
    expect(await compare('feed', exported([longer]))).toMatchObject({ matching: 0 });
    // The one that is missing moves another into the part that is compared, which is no difference of its own.
    const lacking = { userId: bob, items: newestFirst(5, 3, 2, 1) };
    expect((await compare('feed', exported([lacking]), { newest: 3 })).differences).toMatchObject([
      { kinds: ['missing-there'], because: [{ id: yubl(4), reason: 'in' }] },
    ]);
    const moved = { userId: bob, items: newestFirst(3, 5, 4, 2, 1) };
    expect(await compare('feed', exported([moved]), { newest: 2 })).toMatchObject({ kinds: { order: 1 } });
    const turned = { userId: bob, items: newestFirst(1, 2, 3, 4, 5) };
    expect(await compare('feed', exported([turned]), { ignoreOrder: true })).toMatchObject({ matching: 1 });
  });

  test('of relationships: counts or lists, and only what is given', async () => {
    const same = [
      { userId: ada, followers: 2, following: [], userName: 'ada_l', firstName: 'Ada', lastName: null },
      { userId: ada, followers: [bob, cat] },
      { userId: bob, following: [ada], joinedAt: '2016-02-22T08:02:00+01:00' },
    ];
    expect(await compare('relationships', exported(same))).toMatchObject({ keys: 3, matching: 3 });
    const other = [
      { userId: ada, followers: 3, userName: 'ada' },
      { userId: ada, followers: [bob, id(9)] },
      { userId: id(8), userName: 'unknown here' },
    ];
    const report = await compare('relationships', exported(other));
    expect(report.kinds).toEqual({ 'missing-here': 2, 'missing-there': 1, order: 0, value: 1 });
    expect(report.differences.map(({ key, field, ours, theirs }) => [key, field, ours, theirs])).toEqual([
      [ada, 'followers', 2, 3],
      [ada, 'userName', 'ada_l', 'ada'],
      [ada, 'followers', [cat], [id(9)]],
      [id(8), 'userName', null, 'unknown here'],
    ]);
    expect(report.differences[2]?.because.map(({ id, reason }) => [id, reason])).toEqual([
      [id(9), 'never-followed'],
      [cat, 'follows'],
    ]);
  });

  test.each([
    ['2016-02-22T07:02:00.000Z', true],
    ['2016-02-22T07:02:00Z', true],
    ['2016-02-22t07:02:00.0000000z', true],
    ['2016-02-21T21:32:00.00-09:30', true],
    ['2016-02-22T07:02:00.0001Z', false],
    ['2016-02-22T07:02:00+00:01', false],
  ])('of users says when they joined, in whatever words: %s', async (joinedAt, same) => {
    const report = await compare('relationships', exported([{ userId: ada, joinedAt }]));
    expect([report.matching, report.kinds.value]).toEqual(same ? [1, 0] : [0, 1]);
  });

  test('of users with something else than an instant is no answer', async () => {
    const report = await compare('relationships', exported([{ userId: ada, joinedAt: '2016-02-22' }]));
    expect(report).toMatchObject({
      keys: 0,
      errors: { count: 1, first: [{ error: expect.stringContaining('joinedAt') }] },
    });
  });

  test('of searches', async () => {
    const same = [
      { query: 'FIG number', yubls: newestFirst(5, 4, 3, 2, 1) },
      { query: 'ad', users: [ada] },
    ];
    expect(await compare('search', exported(same))).toMatchObject({ keys: 2, matching: 2 });
    const report = await compare('search', exported([{ query: 'ada', users: [bob], yubls: [yubl(1)] }]));
    expect(report.differences.flatMap(({ because }) => because.map(({ id, reason }) => [id, reason]))).toEqual([
      [bob, 'other-names'],
      [ada, 'joined'],
      [yubl(1), 'other-words'],
    ]);
  });

  test('whose lines say nothing is no difference and no match, and lets nothing pass', async () => {
    const bad = ['not json', { items: [] }, { userId: bob }, { userId: bob, items: 'x' }, ''];
    const report = await compare('feed', exported([bobsFeed, ...bad]));
    expect(report).toMatchObject({ keys: 1, matching: 1, errors: { count: 4 } });
    expect(report.errors.first[0]).toEqual({ error: 'line 2: not JSON' });
    expect(parityHolds(report, 100)).toBe(false);
    expect(parityHolds(await compare('feed', exported([])), 0)).toBe(false);
  });

  test('that is not there, or a build that is none, is said so', async () => {
    await expect(compare('feed', join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    const path = join(data, 'search.db');
    await expect(compare('feed', exported([]), { path })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  test('is sampled by a seed: the same keys again, others with another', async () => {
    const lines = Array.from({ length: 500 }, (_, number) => ({ userId: id(1000 + number), items: [yubl(number)] }));
    const path = exported(lines);
    const keysOf = async (seed: number) => {
      const report = await compare('feed', path, { sample: 5, seed });
      expect(report).toMatchObject({ keys: 5, sample: { size: 5, seed } });
      return report.differences.map(({ key }) => key);
    };
    expect(await keysOf(1)).toEqual(await keysOf(1));
    expect(await keysOf(1)).not.toEqual(await keysOf(2));
    expect((await compare('feed', path, { sample: 5 })).sample?.seed).toEqual(expect.any(Number));
  });
});

test('a sample has its size, no place twice, and every place a chance', () => {
  const met = new Set<number>();
  for (let seed = 0; seed < 200; seed += 1) {
    const places = sampledPlaces(20, { size: 5, seed });
    expect(places.size).toBe(5);
    for (const place of places) met.add(place);
  }
  expect([...met].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, place) => place));
  expect(sampledPlaces(3, { size: 5, seed: 1 }).size).toBe(3);
});

describe('an API', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serving(answer: (url: URL, request: IncomingMessage, response: ServerResponse) => unknown) {
    const server = createServer((request, response) => {
      const body = answer(new URL(request.url ?? '/', 'http://here'), request, response);
      if (!response.writableEnded && body !== undefined) response.end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const ask = (template: string, options = {}) =>
    legacyApi({ template, parity: feedParity, itemsMax: 800, firstPauseMs: 1, timeoutMs: 2000, ...options })(bob);

  test('is asked for the keys of the projection, page by page', async () => {
    const feeds: Record<string, string[]> = { [bob]: newestFirst(5, 4, 3, 2, 1), [cat]: newestFirst(5, 4, 3) };
    const url = await serving(({ pathname, searchParams }) => {
      const all = feeds[pathname.slice(1)] ?? [];
      const from = Number(searchParams.get('cursor') ?? 0);
      const items = all.slice(from, from + 2).map((yublId) => ({ yublId }));
      return { items, next: from + 2 < all.length ? String(from + 2) : null };
    });
    expect(await compare('feed', `${url}/{key}`)).toMatchObject({ keys: 3, matching: 3, errors: { count: 0 } });
    feeds[cat]?.pop();
    const report = await compare('feed', `${url}/{key}`);
    expect(report).toMatchObject({ keys: 3, matching: 2, matchPercent: 66.666, kinds: { 'missing-there': 1 } });
    expect(report.differences).toMatchObject([{ key: cat, because: [{ id: yubl(3), reason: 'in' }] }]);
  });

  test('gets the token of the environment', async () => {
    const seen = new Set<string | undefined>();
    const url = await serving((_, { headers }) => (seen.add(headers.authorization), { items: [] }));
    vi.stubEnv('FIGTREE_PARITY_AUTHORIZATION', 'Bearer secret');
    const report = await compare('feed', `${url}/{key}`);
    vi.unstubAllEnvs();
    await compare('feed', `${url}/{key}`);
    expect([...seen]).toEqual(['Bearer secret', undefined]);
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  test('that was behind is asked a second time before it counts as different', async () => {
    let asked = 0;
    const url = await serving(({ pathname }) => {
      if (pathname.slice(1) !== bob) return { items: pathname.slice(1) === cat ? newestFirst(5, 4, 3) : [] };
      asked += 1;
      return { items: asked === 1 ? newestFirst(4, 3, 2, 1) : newestFirst(5, 4, 3, 2, 1) };
    });
    expect(await compare('feed', `${url}/{key}`)).toMatchObject({ keys: 3, matching: 3 });
    expect(asked).toBe(2);
  });

  test('that fails for a while is asked again; one that keeps failing has given no answer', async () => {
    let left = 2;
    const url = await serving((_, __, response) => {
      if (left-- > 0) response.writeHead(left === 1 ? 503 : 429);
      return { items: newestFirst(5) };
    });
    expect(await ask(`${url}/{key}`)).toMatchObject({ key: bob, lists: { items: newestFirst(5) } });
    left = 100;
    expect(await ask(`${url}/{key}`)).toEqual({ key: bob, error: 'it responds with 429' });
    expect(left).toBe(96);
    expect(await ask('http://127.0.0.1:9/{key}')).toEqual({ key: bob, error: expect.any(String) });
  });

  test('that is slow, speaks no JSON, or refuses has given no answer', async () => {
    const url = await serving(({ pathname }, _, response) => {
      if (pathname.startsWith('/slow')) return undefined;
      if (pathname.startsWith('/denied')) return response.writeHead(403).end();
      return response.end('<html>');
    });
    expect(await ask(`${url}/slow/{key}`, { timeoutMs: 20 })).toEqual({ key: bob, error: 'no response in time' });
    expect(await ask(`${url}/denied/{key}`)).toEqual({ key: bob, error: 'it responds with 403' });
    expect(await ask(`${url}/html/{key}`)).toEqual({ key: bob, error: 'its response is not JSON' });
  });

  test('gets the token, and nobody else to whom it redirects', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serving((_, { headers }) => (seen.push(headers.authorization), { items: [] }));
    const url = await serving(({ pathname }, { headers }, response) => {
      seen.push(headers.authorization);
      const location = pathname.startsWith('/round') ? '/round' : other;
      return response.writeHead(302, { location }).end();
    });
    const authorization = 'Bearer secret';
    expect(await ask(`${url}/{key}`, { authorization })).toMatchObject({ lists: { items: [] } });
    expect(seen).toEqual([authorization, undefined]);
    expect(await ask(`${url}/round/{key}`)).toEqual({ key: bob, error: 'more than 3 redirects' });
  });

  test('that knows nobody lets nothing pass', async () => {
    const url = await serving((_, __, response) => response.writeHead(404).end());
    const report = await compare('feed', `${url}/{key}`);
    expect(report).toMatchObject({ keys: 3, matching: 1, unknownThere: 3, kinds: { 'missing-there': 2 } });
    expect(parityHolds(report, 0)).toBe(false);
  });

  test.each(['ftp://x/{key}', 'http://x/', 'http://me:secret@x/{key}'])('%s is refused', (template) => {
    expect(() => legacyApi({ template, parity: feedParity, itemsMax: 1 })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message: expect.not.stringContaining('secret') }),
    );
  });
});
