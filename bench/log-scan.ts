import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventLogReader } from '../adapters/embedded/log/event-log-reader.ts';
import { linesOf } from '../apps/embedded/catalog/event-lines.ts';
import { openImportSource } from '../apps/import-source.ts';
import { runScan, scanLog } from '../apps/embedded/catalog/log-scan.ts';
import { type BenchContext, type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { writeChangeLines } from './load/change-lines.ts';
import { writeCopies } from './load/copies.ts';
import { fillLog } from './load/fill-log.ts';
import { ircInput } from './load/inputs.ts';

const BAR_PER_SECOND = 300_000;
const PAGE_EVENTS = 1000;
const options = { signal: new AbortController().signal };

export const logScan: Benchmark = {
  name: 'log-scan',
  title: 'A whole log, checked against the current schemas',
  async run(context) {
    const irc = await ircInput(context);
    const copies = context.quick ? 1 : 8;
    const log = await logOf(context, irc.path, copies);
    const rounds = Array.from({ length: context.quick ? 2 : 7 });
    const { head } = await scanLog(log, options);
    const [two, one]: [number[], number[]] = [[], []];
    for (const _ of rounds) {
      two.push(await perSecond(head, () => scanLog(log, options)));
      one.push(await perSecond(head, () => scanLog(log, { ...options, threads: 1 })));
    }
    const small = copies === 1 ? undefined : await logOf(context, irc.path, 1);
    const archive = await archiveOf(context, small ?? log);
    return {
      input: `the log of ${copies === 1 ? '' : `${copies} disjoint copies of `}${irc.words}: ${head} events`,
      figures: [
        figure('a log, as many threads as cores', 'events/s', { runs: two, bar: { atLeast: BAR_PER_SECOND } }),
        figure('a log, one thread', 'events/s', { runs: one }),
        ...(small === undefined ? [] : [await figureOf('a log of one copy', rounds, () => scanLog(small, options))]),
        await figureOf('an archive of one copy, NDJSON in gzip', rounds, () => scanArchive(archive)),
      ],
      notes: [
        'The whole scan as seen by its caller, thread startup included: rows from SQLite, JSON.parse, the compiled parser of the event, and a search for undeclared keys. The file is in the operating system’s cache.',
      ],
    };
  },
};

async function logOf({ folder, say }: BenchContext, changes: string, count: number): Promise<string> {
  const data = join(folder, `log-of-${count}`);
  mkdirSync(data);
  say(`a log of ${count} × ${changes}`);
  const copies = join(folder, 'copies.ndjson.gz');
  if (count > 1) await writeCopies(changes, copies, { count, arrangement: 'one after the other' });
  await fillLog(data, count > 1 ? copies : changes);
  rmSync(copies, { force: true });
  return join(data, 'log.db');
}

async function archiveOf({ folder, say }: BenchContext, log: string): Promise<string> {
  const path = join(folder, 'events.ndjson.gz');
  say('an archive of it');
  await writeChangeLines(path, eventLines(log));
  return path;
}

async function* eventLines(path: string): AsyncGenerator<string[]> {
  const log = openSqliteEventLogReader(path);
  try {
    const head = await log.head();
    for (let after = 0; after < head;) {
      const { events, position } = await log.read({ after, limit: PAGE_EVENTS });
      yield events.map((event) => JSON.stringify(event));
      after = position;
    }
  } finally {
    await log.close();
  }
}

async function scanArchive(path: string): ReturnType<typeof runScan> {
  const source = await openImportSource(path);
  try {
    return await runScan(linesOf(source), options);
  } finally {
    source.close();
  }
}

async function figureOf(what: string, rounds: readonly unknown[], scan: () => ReturnType<typeof runScan>) {
  const { events } = await scan();
  const runs: number[] = [];
  for (const _ of rounds) runs.push(await perSecond(events, scan));
  return figure(what, 'events/s', { runs });
}

async function perSecond(expected: number, scan: () => ReturnType<typeof runScan>): Promise<number> {
  const start = performance.now();
  const { events, failures, undeclared } = await scan();
  const seconds = (performance.now() - start) / 1000;
  expectEqual('events', events, expected);
  expectEqual('kinds of failure', failures.length, 0);
  expectEqual('undeclared keys', undeclared.length, 0);
  return events / seconds;
}
