import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openProjectionFile, type ProjectionFile } from '../adapters/embedded/projection/file.ts';
import { createRowBuild } from '../adapters/embedded/tables/build.ts';
import { tablesSchema } from '../adapters/embedded/tables/schema.ts';
import { openSqliteRowStore } from '../adapters/embedded/tables/store.ts';
import { openThreadReading } from '../apps/embedded/thread-reading.ts';
import type { Handler, Log } from '../consumers/runtime/consumer.ts';
import { openTableProjection } from '../consumers/tables/open-projection.ts';
import { trendingTags } from '../features/trending-tags/tables.ts';
import { defineTable } from '../projections/tables/define-table.ts';
import { defineTables } from '../projections/tables/table-projection.ts';
import { foldLog } from '../replay/fold-log.ts';
import { catalogFacts } from '../schema-registry/catalog-facts.ts';
import { type Benchmark, type BenchContext, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { fillLog } from './load/fill-log.ts';
import { ircInput } from './load/inputs.ts';

const EVENTS = 200_000;
const PAGE = 500;
const USERS = [200, 20_000];
const BAR_RATIO = 0.6;
const BAR_REBUILD = 3;

export const tables: Benchmark = {
  name: 'tables',
  title: 'Projections of tables: changes beside a hand-written table, and a rebuild beside its log',
  async run(context) {
    const input = await ircInput(context);
    const rebuilt = await rebuildFigures(context, input.path);
    const changed: Figure[] = [];
    for (const users of USERS) changed.push(...(await changeFigures(context, users)));
    return {
      input: `${EVENTS} events that count the yubls of ${USERS.join(' or ')} users; ${input.words}`,
      figures: [...changed, ...rebuilt],
      notes: [
        `Both tables have an index by count and fold alike: read the row, write the row. A transaction has ${PAGE} events. Rows are compared at the end.`,
        'The rebuild is of trending-tags, in memory, until its file is complete and fsynced. It is measured in this process, as is reading the log in pages and parsing the data of each event.',
      ],
    };
  },
};

interface PostedBy {
  readonly data: { readonly authorId: string; readonly postedAt: string };
}

async function changeFigures({ folder, quick, say }: BenchContext, users: number): Promise<Figure[]> {
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    id: `e${index}`,
    source: 'urn:bench',
    type: 'yubl-posted',
    sequence: String(index).padStart(20, '0'),
    data: {
      yublId: `y${index}`,
      authorId: `u${(index * 7919) % users}`,
      text: '',
      postedAt: '2016-02-22T07:02:00.000Z',
    },
  }));
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    say(`${users} users, round ${round + 1}`);
    const generic = await changing(join(folder, 'generic.db'), events, openGeneric);
    const written = await changing(join(folder, 'written.db'), events, openWritten);
    expectEqual('rows', generic.rows, written.rows);
    rates.push(EVENTS / generic.seconds);
    ratios.push(written.seconds / generic.seconds);
  }
  return [
    figure(`${users} users: row changes`, '/s', { runs: rates }),
    figure(`${users} users: row changes, relative to a hand-written table`, '×', {
      runs: ratios,
      bar: { atLeast: BAR_RATIO },
    }),
  ];
}

interface Opened {
  readonly file: ProjectionFile;
  readonly handle: (event: PostedBy) => unknown;
}

async function changing(path: string, events: readonly PostedBy[], open: (path: string) => Opened) {
  const { file, handle } = open(path);
  const startMs = performance.now();
  for (let from = 0; from < events.length; from += PAGE) {
    await file.commit(async () => {
      for (const event of events.slice(from, from + PAGE)) {
        const handling = handle(event);
        if (handling instanceof Promise) await handling;
      }
      return from;
    });
  }
  const seconds = (performance.now() - startMs) / 1000;
  const rows = JSON.stringify(file.database.prepare('SELECT * FROM users ORDER BY 1').all());
  file.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  return { seconds, rows };
}

const counted = openTableProjection(
  'counted',
  defineTables({
    tables: {
      users: defineTable({
        row: z.object({ user_id: z.string(), yubls: z.int(), last: z.string() }),
        key: { partition: 'user_id' },
        indexes: { by_yubls: { sort: 'yubls' } },
      }),
    },
    on: {
      'yubl-posted': ({ data: { authorId, postedAt } }, { users }) =>
        users.change({ user_id: authorId }, (row) => ({ yubls: (row?.yubls ?? 0) + 1, last: postedAt })),
    },
    queries: () => ({}),
  }),
);

function openGeneric(path: string): Opened {
  const { described, forget, consumer } = counted;
  const file = openProjectionFile({ path, version: 1, schema: tablesSchema(described) });
  // The handler of a known type, called with events that have what it reads.
  const handler = consumer(openSqliteRowStore(file, described, forget)).on['yubl-posted'] as unknown as Handler<never>;
  return { file, handle: (event) => handler(event as never, { replay: true, log: silent }) };
}

function openWritten(path: string): Opened {
  const schema = `
    CREATE TABLE IF NOT EXISTS users (
      user_id TEXT PRIMARY KEY, yubls INTEGER NOT NULL, last TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS users_by_yubls ON users (yubls, user_id)`;
  const file = openProjectionFile({ path, version: 1, schema });
  const get = file.database.prepare('SELECT yubls FROM users WHERE user_id = ?');
  const put = file.database.prepare(
    'INSERT INTO users VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET yubls = excluded.yubls, last = excluded.last',
  );
  return {
    file,
    handle({ data: { authorId, postedAt } }) {
      const yubls = Number(get.get(authorId)?.['yubls'] ?? 0) + 1;
      put.run(authorId, yubls, postedAt);
    },
  };
}

async function rebuildFigures({ folder, quick, say }: BenchContext, changes: string): Promise<Figure[]> {
  say('into the log');
  const own = join(folder, 'tables');
  mkdirSync(own);
  await fillLog(own, changes);
  const { log } = dataFolder(own);
  const floors: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    say(`rebuild, round ${round + 1}`);
    const floor = readAndParse(log);
    const seconds = await buildTrending(log, join(own, 'trendingtags.db'));
    floors.push(floor);
    ratios.push(seconds / floor);
  }
  rmSync(own, { recursive: true });
  return [
    figure('rebuild of trending-tags, relative to reading and parsing the log', '×', {
      runs: ratios,
      bar: { atMost: BAR_REBUILD },
    }),
    figure('reading and parsing the log', 's', { runs: floors }),
  ];
}

function readAndParse(logPath: string): number {
  const startMs = performance.now();
  const database = new DatabaseSync(logPath, { readOnly: true });
  const page = database.prepare('SELECT position, data FROM event WHERE position > ? ORDER BY position LIMIT 1000');
  page.setReturnArrays(true);
  let after = 0;
  let read = 0;
  for (;;) {
    const rows = page.all(after) as unknown as [number, string][];
    for (const [, data] of rows) if (typeof JSON.parse(data) === 'object') read += 1;
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last[0];
  }
  database.close();
  expectEqual('events of the floor', read, after);
  return (performance.now() - startMs) / 1000;
}

async function buildTrending(logPath: string, path: string): Promise<number> {
  const projection = openTableProjection('trendingtags', trendingTags);
  const startMs = performance.now();
  const { log, upcasters, personal } = openThreadReading({ logPath, facts: catalogFacts(), lean: true });
  const build = createRowBuild(projection.described, 1, projection.forget);
  const { position } = await foldLog({
    consumers: [projection.consumer(build.rows)],
    log,
    upcasters,
    personal,
    logger: silent,
    replayId: 'bench',
    upTo: await log.head(),
    isFull: () => false,
    onPage() {},
  });
  build.write(path, position);
  await log.close();
  return (performance.now() - startMs) / 1000;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
