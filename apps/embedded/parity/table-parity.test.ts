import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { openTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { EventData, EventType } from '../../../events/catalog.ts';
import { sequenceOf } from '../../../events/sequence.ts';
import { recordedEvent } from '../../../ports/contracts/histories.ts';
import type { Page } from '../../../ports/page.ts';
import type { Row, RowPlace } from '../../../ports/row-store.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { inputOfKey, keyOfParameters, type TableReader } from '../../../projections/tables/queries.ts';
import { defineTable } from '../../../projections/tables/define-table.ts';
import { defineTables } from '../../../projections/tables/table-projection.ts';
import { builtProjections } from '../../../testing/engine/built-projections.ts';
import { tableParity } from '../../parity/tables.ts';
import { comparePath, type ParityOptions } from './parity.ts';

const id = (number: number) => number.toString(16).padStart(24, '0');
const [ada, bob, cat] = [id(1), id(2), id(3)] as const;
const day = '2016-02-22';

/** Two tags are used on one day, one of them twice, and one on the next; Bob and Cat follow Ada. */
function history() {
  let position = 0;
  const make = <Type extends EventType>(type: Type, data: EventData<Type>) => {
    position += 1;
    return recordedEvent(type, data, { sequence: sequenceOf(1, position), position });
  };
  const posted = (number: number, text: string, date = day) =>
    make('yubl-posted', { yublId: id(100 + number), authorId: ada, text, postedAt: `${date}T07:02:00.000Z` });
  const follows = (followerId: string, minute: number) =>
    make('followed', {
      relationshipId: id(50 + minute),
      followerId,
      followeeId: ada,
      followedAt: `2016-02-22T07:0${minute}:00.000Z`,
    });
  return [
    posted(1, '#figs and #leaves'),
    posted(2, '#figs'),
    posted(3, '#rain', '2016-02-23'),
    follows(bob, 1),
    follows(cat, 2),
  ];
}

let folder: string;
let data: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-table-parity-'));
  data = await builtProjections(folder, history(), 800);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function compare(projection: ProjectionName, lines: readonly object[] | string, options: Partial<ParityOptions> = {}) {
  const path = join(folder, 'export.ndjson');
  if (typeof lines !== 'string') writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const against = typeof lines === 'string' ? lines : path;
  return comparePath({ projection, path: join(data, `${projection}.db`), against, feedLength: 800, ...options });
}

test('an export matches by the fields that it has, as values or as objects', async () => {
  const report = await compare('trendingtags', [
    { day, items: ['figs', 'leaves'] },
    { day, items: [{ tag: 'figs' }, { tag: 'leaves', rank: 2 }] },
    {
      query: 'trending',
      day,
      items: [
        { yubls: 2, tag: 'figs' },
        { tag: 'leaves', yubls: 1 },
      ],
    },
    { day: '2016-02-23', items: [{ tag: 'rain', yubls: 1 }] },
    { day: '2016-02-24', items: [] },
  ]);
  expect(report).toMatchObject({ keys: 5, matching: 5, differences: [], errors: { count: 0 } });
});

test('instants match in any notation', async () => {
  const items = [
    { followerId: cat, followedAt: '2016-02-22T09:02:00+02:00', isRead: false },
    { followerId: bob, followedAt: '2016-02-22T07:01:00Z', isRead: false },
  ];
  expect(await compare('notifications', [{ userId: ada, items }])).toMatchObject({ keys: 1, matching: 1 });
});

test('what differs is named with its query and its fields', async () => {
  const report = await compare('trendingtags', [
    {
      day,
      items: [
        { tag: 'figs', yubls: 3 },
        { tag: 'leaves', yubls: 1 },
      ],
    },
    { day: '2016-02-23', items: ['rain', 'sun'] },
    { day: '2016-02-24', items: ['sun'] },
    { day, items: ['leaves', 'figs'] },
    { day: '2016-02-23', items: [] },
  ]);
  expect(report).toMatchObject({
    keys: 5,
    matching: 0,
    kinds: { 'missing-here': 3, 'missing-there': 2, order: 1, value: 0 },
  });
  expect(report.differences.map(({ key, field, kinds, ours, theirs }) => [key, field, kinds, ours, theirs])).toEqual([
    [
      day,
      'trending: tag, yubls',
      ['missing-here', 'missing-there'],
      ['{"tag":"figs","yubls":2}', '{"tag":"leaves","yubls":1}'],
      ['{"tag":"figs","yubls":3}', '{"tag":"leaves","yubls":1}'],
    ],
    ['2016-02-23', 'trending: tag', ['missing-here'], [], ['sun']],
    ['2016-02-24', 'trending: tag', ['missing-here'], [], ['sun']],
    [day, 'trending: tag', ['order'], ['figs', 'leaves'], ['leaves', 'figs']],
    ['2016-02-23', 'trending: tag', ['missing-there'], ['rain'], []],
  ]);
  expect(report.differences[0]?.because[0]).toMatchObject({ because: expect.stringContaining('figtree explain') });
});

test('what is no answer is counted, and says why', async () => {
  const report = await compare('trendingtags', [
    { items: ['figs'] },
    { day: 'monday', items: ['figs'] },
    { query: 'hot', day, items: ['figs'] },
    { day },
    { day, items: [{ rank: 1 }] },
    { day, items: ['figs', { tag: 'leaves', yubls: 1 }] },
  ]);
  expect(report).toMatchObject({ keys: 0, errors: { count: 6 } });
  expect(report.errors.first.map(({ error }) => error)).toEqual([
    'line 1: it has no day',
    expect.stringMatching(/^line 2: Invalid ISO date/),
    'line 3: there is no query hot: it has trending',
    'line 4: it has no items',
    'line 5: its items have none of tag, yubls',
    'line 6: only some of its items are objects',
  ]);
});

test('an API is asked for every key, page by page, and may not know one', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://legacy');
    asked.push(`${pathname} ${searchParams.get('cursor')}`);
    if (pathname.endsWith('23')) return void response.writeHead(404).end();
    const isFirst = searchParams.get('cursor') === null;
    const page = isFirst ? { items: [{ tag: 'figs', yubls: 2 }], next: '2' } : { items: [{ tag: 'leaves', yubls: 1 }] };
    return void response.end(JSON.stringify(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const report = await compare('trendingtags', `http://127.0.0.1:${port}/trending/{key}`);
    expect(report).toMatchObject({ keys: 2, matching: 1, unknownThere: 1, kinds: { 'missing-there': 1 } });
    expect(asked.slice(0, 3).toSorted()).toEqual([
      '/trending/2016-02-22 2',
      '/trending/2016-02-22 null',
      '/trending/2016-02-23 null',
    ]);
  } finally {
    server.close();
  }
});

test('a projection without queries cannot be compared', async () => {
  await expect(compare('welcomemail', [])).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});

const visits = openTableProjection(
  'visits',
  defineTables({
    tables: {
      visits: defineTable({
        row: z.object({
          place: z.string(),
          day: z.string(),
          seen: z.boolean(),
          by: z.object({ a: z.int(), b: z.int() }),
        }),
        key: { partition: 'place', sort: 'day' },
      }),
    },
    on: {},
    queries: ({ one }) => ({
      visit: one({
        path: '/visits/{place}/on/{day}',
        summary: 'Get a visit',
        access: 'everyone',
        input: z.object({ place: z.string(), day: z.string() }),
        output: z.object({ place: z.string(), seen: z.boolean(), by: z.object({ a: z.int(), b: z.int() }) }),
        read: async ({ visits: all }, key) => all.get(key),
      }),
    }),
  }),
);

test('a single answer is compared field by field, by a key of several parameters', async () => {
  const visit = visits.queries.get('visit');
  if (visit === undefined) throw new Error('there is a query');
  const key = keyOfParameters(visit, { place: 'a/b', day: '1' });
  expect(key).toBe('a%2Fb/1');
  expect(inputOfKey(visit, String(key))).toMatchObject({ data: { place: 'a/b', day: '1' } });
  const rules = tableParity(visits);
  const theirs = { place: 'a/b', day: '1', seen: false, by: { b: 2, a: 1 } };
  expect(rules.answerOf(theirs, {})).toEqual({
    key,
    lists: {},
    values: { 'visit: seen': 'false', 'visit: by': '{"a":1,"b":2}' },
  });
  const reader: TableReader = {
    ask: async (_query, input) => ('place' in input && input.place === 'a/b' ? { ...theirs, seen: true } : undefined),
    row: async () => undefined,
  };
  const ours = rules.compare(reader, { of: async () => [] }, 0);
  expect(await ours.value(String(key), 'visit: seen')).toBe('true');
  expect(await ours.value(String(key), 'visit: by')).toBe('{"a":1,"b":2}');
  expect(await ours.value('a/1', 'visit: seen')).toBeUndefined();
  expect([await ours.knows(String(key)), await ours.knows('a/1')]).toEqual([true, false]);
});

const notes = openTableProjection(
  'notes',
  defineTables({
    tables: {
      notes: defineTable({ row: z.object({ userId: z.string() }), key: { partition: 'userId' } }),
    },
    on: {},
    queries: ({ list }) => ({
      notes: list({
        path: '/notes/{userId}',
        summary: 'List notes',
        access: 'user',
        input: z.object({ userId: z.string() }),
        item: z.object({ text: z.unknown(), read: z.boolean().optional(), about: z.unknown().optional() }),
        read: async () => ({ items: [] }),
      }),
    }),
  }),
);

/** Both sides of a list of notes of Ada, as they are compared. */
async function comparedNotes(theirs: readonly unknown[], ours: readonly Row[] = []) {
  const asked: object[] = [];
  const reader: TableReader = {
    async ask(_query, input): Promise<Page<Row, RowPlace>> {
      asked.push(input);
      return { items: [...ours] };
    },
    row: async () => undefined,
  };
  const rules = tableParity(notes);
  const answer = rules.answerOf({ userId: ada.toUpperCase(), items: theirs }, {});
  if ('error' in answer) return { error: answer.error };
  const [[field, compared] = ['', []]] = Object.entries(answer.lists);
  const own = await rules.compare(reader, { of: async () => [] }, 0).list(answer.key, field, 100);
  return { field, theirs: compared, ours: own, asked };
}

test('an item may lack a field that others have', async () => {
  const rows = [{ text: 'a', read: true }, { text: 'b' }, { read: false }];
  const compared = await comparedNotes(
    [{ text: 'a', read: true, more: 1 }, { text: 'b', read: null }, { read: false }],
    rows.map((row) => ({ ...row, about: 'x' })),
  );
  expect(compared.field).toBe('notes: text, read');
  expect(compared.theirs).toEqual(compared.ours);
  expect(compared.ours?.[1]).toBe('{"text":"b","read":null}');
  expect(await comparedNotes(['a', { text: 'b' }])).toEqual({ error: 'only some of its items are objects' });
});

test('instants match in any notation inside of objects and lists', async () => {
  const about = (at: string) => ({ about: { seen: [at, { at }], by: 'Ada' } });
  const compared = await comparedNotes([about('2016-02-22T09:02:00+02:00')], [about('2016-02-22T07:02:00.000Z')]);
  expect(compared.theirs).toEqual(compared.ours);
  const other = await comparedNotes([about('2016-02-22T09:02:00+01:00')], [about('2016-02-22T07:02:00.000Z')]);
  expect(other.theirs).not.toEqual(other.ours);
});

test('a text is not the value that it looks like', async () => {
  const values = [true, false, null, ['a'], 7, 'true', 'false', 'null', '["a"]', '"true"', '{}', 'truest', 'a "word"'];
  const { theirs, ours } = await comparedNotes(
    values,
    values.map((text) => ({ text })),
  );
  expect(theirs).toEqual(ours);
  expect(new Set(theirs).size).toBe(values.length);
  expect(theirs?.slice(-2)).toEqual(['truest', 'a "word"']);
  const inObjects = await comparedNotes(values.map((text) => ({ text, read: true })));
  expect(new Set(inObjects.theirs).size).toBe(values.length);
});

test('a key has as many values as the path of its query, and a user is asked for as by HTTP', async () => {
  const visit = visits.queries.get('visit');
  if (visit === undefined) throw new Error('there is a query');
  for (const key of ['a/1/c', 'a', '']) {
    expect(inputOfKey(visit, key).error?.issues[0]?.message).toMatch(/^its key has \d values and not 2: place\/day$/);
  }
  expect(inputOfKey(visit, 'A/1').data).toEqual({ place: 'A', day: '1' });
  expect((await comparedNotes(['a'])).asked).toEqual([{ userId: ada }]);
});

test('the fields of a list are compared up to its end', async () => {
  const items = Array.from({ length: 1200 }, (_, number) => ({ tag: `t${number}`, yubls: 1 }));
  const reader: TableReader = {
    async ask(_query, _input, { limit, after }): Promise<Page<Row, RowPlace>> {
      const from = Number(after?.[0] ?? 0);
      const next = from + limit;
      return { items: items.slice(from, next), ...(next < items.length && { next: [next] }) };
    },
    row: async () => undefined,
  };
  const { trendingTags } = await import('../../../features/trending-tags/tables.ts');
  const rules = tableParity(openTableProjection('trendingtags', trendingTags));
  const ours = rules.compare(reader, { of: async () => [] }, 0);
  expect(await ours.list(day, 'trending: tag', 10_000)).toEqual(items.map(({ tag }) => tag));
  expect(await ours.list(day, 'trending: tag', 700)).toHaveLength(700);
});
