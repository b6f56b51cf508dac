import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { openSqliteEventLogReader } from '../adapters/embedded/log/event-log-reader.ts';
import { installPeers } from './append/peers.ts';
import { type BenchContext, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import type { NaiveFeeds } from './load/naive-feeds.ts';

const BAR_TIMES = 100;
// For a quick run, which does not need all of them.
const QUICK_EVENTS = 10_000;

export interface EmmettRebuildOptions {
  /** Figtree's log, whose events fill Emmett's store. */
  readonly logPath: string;
  /** The expected result. The input has only inserts. */
  readonly naive: NaiveFeeds;
  /** The duration of the same with Figtree, in the same run, for the ratio. */
  readonly figtreeSeconds: number;
}

/** Fills an Emmett store with a log's events, builds the read models of bench/peers/emmett-read-models.mjs with it, and
 *  compares them with the naive model. The peers must have been requested. */
export async function emmettRebuild(
  context: BenchContext,
  { logPath, naive, figtreeSeconds }: EmmettRebuildOptions,
): Promise<{ readonly figures: Figure[]; readonly notes: string[] }> {
  await installPeers(context);
  const folder = join(context.folder, 'emmett-rebuild');
  mkdirSync(folder);
  const eventsPath = join(folder, 'events.ndjson');
  await writeEvents(logPath, eventsPath, context.quick ? QUICK_EVENTS : Infinity);
  context.say('Emmett builds its read models');
  const built = await runEmmett(eventsPath, join(folder, 'emmett.db'));
  if (!context.quick) compare(join(folder, 'emmett.db'), built, naive);
  context.say('Emmett’s consumer does nothing');
  const idle = await runEmmett(eventsPath, join(folder, 'nothing.db'), '--nothing');
  rmSync(folder, { recursive: true });
  return {
    figures: [
      figure('emmett: relationships, search and feed', 's', { runs: [built.seconds] }),
      figure('emmett: events per second', '/s', { runs: [built.events / built.seconds] }),
      figure('emmett: events per second with an empty consumer', '/s', { runs: [idle.events / idle.seconds] }),
      figure('emmett / figtree: time for all three', 'times', {
        runs: [built.seconds / figtreeSeconds],
        bar: { atLeast: BAR_TIMES },
      }),
    ],
    notes: [
      `emmett: @event-driven-io/emmett-sqlite ${built.version}, which has no rebuild of its own: a consumer from the beginning, three projections, batches of ${built.batch} events in one transaction each, no pause between batches, one connection, synchronous NORMAL. Its counts and every 100th user’s feed were compared with the naive model.`,
      'Its consumer writes a checkpoint for each event and projection, prepares every statement again and waits for a thread for each. From the second batch on it tries to insert an existing checkpoint, so the checkpoint stays at the end of the first batch.',
    ],
  };
}

interface EmmettRun {
  readonly events: number;
  readonly seconds: number;
  readonly version: string;
  readonly batch: number;
  readonly counts: Readonly<Record<string, number>>;
}

async function runEmmett(eventsPath: string, store: string, ...options: string[]): Promise<EmmettRun> {
  const script = fileURLToPath(new URL('./peers/emmett-rebuild.mjs', import.meta.url));
  const { stdout } = await runProcess(process.execPath, [script, eventsPath, store, ...options]);
  return JSON.parse(stdout) as EmmettRun;
}

const PAGE_EVENTS = 1000;

async function writeEvents(logPath: string, path: string, most: number): Promise<void> {
  const log = openSqliteEventLogReader(logPath);
  async function* lines(): AsyncGenerator<string> {
    for (let after = 0; after < most;) {
      const page = await log.read({ after, limit: PAGE_EVENTS });
      if (page.position === after) return;
      yield page.events.map((event) => `${JSON.stringify(event)}\n`).join('');
      after = page.position;
    }
  }
  await pipeline(lines, createWriteStream(path));
  await log.close();
}

function compare(store: string, { counts, events }: EmmettRun, naive: NaiveFeeds): void {
  const follows = naive.changes - naive.users - naive.yubls;
  expectEqual('events in emmett', events, naive.changes);
  expectEqual('follows in emmett', counts['follows'], follows);
  expectEqual('followers counted in emmett', counts['followers'], follows);
  expectEqual('users in emmett', counts['users'], naive.users);
  expectEqual('yubls in emmett', counts['yubls'], naive.yubls);
  const database = new DatabaseSync(store, { readOnly: true });
  const feed = database.prepare(
    'SELECT yubl_id FROM feed_entry JOIN feed_yubl USING (place) WHERE user_id = ? ORDER BY place DESC',
  );
  for (const [userId, expected] of naive.feeds) {
    const found = feed.all(userId).map((row) => String(row['yubl_id']));
    expectEqual(`feed of ${userId} in emmett`, found.join(' '), expected.join(' '));
  }
  database.close();
}
