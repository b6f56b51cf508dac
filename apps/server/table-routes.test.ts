import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { createRowBuild } from '../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../adapters/embedded/tables/reader.ts';
import type { AuthConfig } from '../config.ts';
import { openLogger } from '../logger.ts';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import type { Engine } from '../../engine/engine.ts';
import { defined } from '../../events/defined.ts';
import type { EventData, EventType } from '../../events/catalog.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { trendingTags } from '../../features/trending-tags/tables.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { tableReader } from '../../projections/tables/queries.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import { type JsonAnswer, objectId } from '../../testing/server/test-server.ts';
import { openAccess } from './access.ts';
import { openBareApp } from './bare-app.ts';
import type { ServerApp, Serving } from './env.ts';
import { openLifecycle } from './lifecycle.ts';
import { addDocument } from './openapi.ts';
import { tableRoutes } from './routes/table-routes.ts';

const DAY = '2020-01-01';
const ada = objectId(0xada);
const bob = objectId(0xb0b);
const deleted = objectId(99, 2);
// How often each tag is used: `tag0` once, `tag9` ten times.
const texts = Array.from({ length: 10 }, (_, uses) =>
  Array.from({ length: uses + 1 }, () => `about #tag${uses}`),
).flat();
const HEAD = texts.length + 4;

const projection = openTableProjection('trendingtags', {
  ...trendingTags,
  queries: (declare) => ({
    ...trendingTags.queries(declare),
    // Any text may be asked for.
    tagged: declare.list({
      path: '/tagged/{day}',
      summary: 'List the hashtags of a day by their names',
      access: 'everyone',
      input: z.object({ day: z.string(), from: z.string().optional(), to: z.string().optional() }),
      item: z.object({ tag: z.string() }),
      read: async ({ tags }, { day, from, to }, page) =>
        await tags.list({ partition: day, ...defined({ from, to }), ...page }),
    }),
  }),
});
const folder = mkdtempSync(join(tmpdir(), 'figtree-table-routes-'));
const path = join(folder, 'trendingtags.db');
let rows: ReturnType<typeof openSqliteRowReader>;
let app: ServerApp;

beforeAll(async () => {
  const build = createRowBuild(projection.described, 1, projection.forget);
  const handle = handleAlone(projection.consumer(build.rows));
  let position = 0;
  const take = <Type extends EventType>(type: Type, data: EventData<Type>) =>
    handle(recordedEvent(type, data, { sequence: sequenceOf(1, (position += 1)), position }) as RecordedEvent);
  const post = (yublId: string, authorId: string, text: string) =>
    take('yubl-posted', { yublId, authorId, text, postedAt: `${DAY}T00:00:00.000Z` });
  for (const [index, text] of texts.entries()) await post(objectId(index, 2), ada, text);
  await post(deleted, ada, '#gone #tag0');
  await post(objectId(98, 2), bob, '#bobs #tag0');
  await take('yubl-deleted', { yublId: deleted });
  await take('user-left', { userId: bob });
  build.write(path, HEAD);
  rows = openSqliteRowReader(path, projection.described.layouts);
  app = appWith({ publishKeys: [] });
});
afterAll(() => {
  rows.close();
  rmSync(folder, { recursive: true });
});

/** The routes of the projection alone. */
function appWith(auth: AuthConfig): ServerApp {
  const log = openLogger({ level: 'silent', destination: 2 });
  const parts = {
    access: openAccess(auth, { log }),
    log,
    metrics: { observeRequest() {} },
    lifecycle: openLifecycle(),
  };
  const bare = openBareApp(parts);
  const engine = {
    reader: () => tableReader(projection.queries, projection.tables, rows),
    progress: { reached: async (_: string, position: number) => position <= HEAD },
  } as unknown as Engine;
  tableRoutes(projection)(bare, { ...parts, engine });
  addDocument(bare);
  return bare;
}

const server = {
  async get(asked: string) {
    const response = await app.request(`http://localhost${asked}`);
    return { status: response.status, json: (await response.json()) as JsonAnswer };
  },
};

async function everyPage(limit: number): Promise<{ tag: string; yubls: number }[]> {
  const items: { tag: string; yubls: number }[] = [];
  for (let cursor = ''; ;) {
    const { status, json } = await server.get(`/trending/${DAY}?limit=${limit}&after=${HEAD}${cursor}`);
    expect(status).toBe(200);
    items.push(...json.items);
    if (json.next === null) return items;
    cursor = `&cursor=${json.next}`;
  }
}

describe('the routes of a projection of tables', () => {
  const expected = texts
    .map((text) => text.slice(text.indexOf('#') + 1))
    .filter((tag, index, all) => all.indexOf(tag) === index)
    .map((tag) => ({ tag, yubls: texts.filter((text) => text.endsWith(`#${tag}`)).length }))
    .toReversed();

  it.each([1, 3, 200])('answer a query page by page: %s', async (limit) => {
    expect(await everyPage(limit)).toEqual(expected);
  });

  it('answer with an empty list where there is nothing', async () => {
    expect((await server.get('/trending/2001-02-03')).json).toEqual({ items: [], next: null });
  });

  it('answer with an empty list for a text that is longer than any key', async () => {
    const { status, json } = await server.get(`/tagged/${'x'.repeat(5000)}`);
    expect([status, json]).toEqual([200, { items: [], next: null }]);
  });

  it('compare bounds that are longer than any key', async () => {
    const long = `tag3${'x'.repeat(5000)}`;
    const tags = async (asked: string) =>
      (await server.get(`/tagged/${DAY}?${asked}=${long}`)).json.items.map(({ tag }: { tag: string }) => tag);
    expect(await tags('to')).toEqual(['tag0', 'tag1', 'tag2', 'tag3']);
    expect(await tags('from')).toEqual(['tag4', 'tag5', 'tag6', 'tag7', 'tag8', 'tag9']);
  });

  it.each([
    ['/trending/yesterday', 'REQUEST_INVALID'],
    [`/trending/${DAY}?limit=0`, 'REQUEST_INVALID'],
    [`/trending/${DAY}?cursor=nothing`, 'CURSOR_INVALID'],
    [`/trending/${DAY}?cursor=${Buffer.from('["trendingtags.trending",[1]]').toString('base64url')}`, 'CURSOR_INVALID'],
  ])('refuse %s', async (path, code) => {
    const { status, json } = await server.get(path);
    expect([status, json.code]).toEqual([400, code]);
  });

  it('wait for a position of the log, and say when it is not reached', async () => {
    expect((await server.get(`/trending/${DAY}?after=${HEAD + 1}`)).json.code).toBe('NOT_CAUGHT_UP');
  });

  it('show single rows to administrators alone', async () => {
    const guarded = appWith({ publishKeys: [], jwt: { secret: 'a secret of at least 32 characters' } });
    const statusOf = async (asked: string) => (await guarded.request(`http://localhost${asked}`)).status;
    expect(await statusOf(`/projections/trendingtags/tags/${DAY}/tag9`)).toBe(401);
    expect(await statusOf(`/trending/${DAY}`)).toBe(200);
  });

  it('show single rows as they are stored', async () => {
    const { json } = await server.get(`/projections/trendingtags/tags/${DAY}/tag9`);
    expect(json).toEqual({ day: DAY, tag: 'tag9', yubls: 10 });
    const yubl = await server.get(`/projections/trendingtags/yubls/${objectId(0, 2)}`);
    expect(yubl.json).toEqual({ yublId: objectId(0, 2), authorId: ada, day: DAY, tags: ['tag0'] });
    for (const missing of [`tags/${DAY}/gone`, `tags/${DAY}/bobs`, `yubls/${deleted}`, `yubls/${'x'.repeat(600)}`]) {
      expect((await server.get(`/projections/trendingtags/${missing}`)).status).toBe(404);
    }
  });

  it('are refused if another projection has the same path', () => {
    expect(() => tableRoutes(projection)(app, {} as Serving)).toThrow('another one has the path /trending/{day}');
  });

  it('are in the OpenAPI document', async () => {
    const { paths } = (await server.get('/openapi.json')).json;
    expect(paths['/trending/{day}'].get).toMatchObject({
      tags: ['trendingtags'],
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'day', in: 'path' })]),
    });
    expect(paths).toHaveProperty('/projections/trendingtags/tags/{day}/{tag}');
  });
});
