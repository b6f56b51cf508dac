import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openSqliteRelationshipReader } from '../adapters/embedded/relationships/reader.ts';
import type { ProjectionName } from '../ports/progress.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { emmettRebuild, type EmmettRebuildOptions } from './emmett-rebuild.ts';
import { type BenchContext, type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import { median } from './harness/statistics.ts';
import { compareFeeds } from './load/compare-feeds.ts';
import { fillLog } from './load/fill-log.ts';
import { heavyInput, HEAVY_IS_MISSING, type Input, ircInput } from './load/inputs.ts';
import { type NaiveFeeds, naiveFeeds } from './load/naive-feeds.ts';
import type { Rebuilt } from './rebuild-process.ts';

interface RebuildRun {
  /** From before the process was started until it ended. */
  readonly seconds: number;
  readonly peakMiB: number | undefined;
  readonly rebuilt: Rebuilt;
}

export const rebuild: Benchmark = {
  name: 'rebuild',
  title: 'Rebuilding projections from the log',
  run: measure,
};

const BAR_RATIO = 2.5;
const BAR_ENTRIES_PER_SECOND = 3_000_000;
const BAR_MIB = 500;

async function measure(context: BenchContext) {
  const irc = await ircInput(context);
  const { figures, notes } = await againstFloor(context, irc);
  const heavy = await heavyInput(context);
  if (heavy !== undefined) figures.push(...(await feedOfHeavy(context, heavy)));
  return {
    input: heavy === undefined ? irc.words : `${heavy.words}; and ${irc.words}`,
    figures,
    notes: [
      'The floor is a plain JavaScript process that reads the log in pages and parses the data of each event. Floor and rebuild alternate, each timed from process start to exit, the rebuild with Node’s compile cache like all commands; its files are complete, fsynced and in place. `figtree rebuild all` also verifies them and swaps them in for live ones; no server runs.',
      'Every 100th user’s feed, and the counts of all feeds and relationships, were compared with a naive model.',
      ...notes,
      ...(heavy === undefined
        ? [HEAVY_IS_MISSING]
        : ['Entries are those that the ordinary fan-out would write; a feed keeps its newest 800.']),
    ],
  };
}

async function againstFloor(context: BenchContext, input: Input): Promise<{ figures: Figure[]; notes: string[] }> {
  const { folder, naive, remove } = await prepared(context, input);
  const floors: number[] = [];
  const seconds: number[] = [];
  const whole: number[] = [];
  const cpuRatios: number[] = [];
  for (let round = 0; round < (context.quick ? 3 : 7); round += 1) {
    const floor = await runFloor(folder, naive.changes);
    const { rebuilt, ...measured } = await buildInProcess(folder, projectionNames);
    await checkFeeds(folder, naive, rebuilt);
    await checkRelationships(folder, naive);
    floors.push(floor.seconds);
    seconds.push(measured.seconds);
    cpuRatios.push(rebuilt.cpuSeconds / floor.cpuSeconds);
    // What was just built is live; the command builds it once more beside.
    whole.push(await rebuildAll(folder, naive));
  }
  const peer = await besideEmmett(context, { logPath: dataFolder(folder).log, naive, figtreeSeconds: median(whole) });
  remove();
  const ratios = seconds.map((one, round) => one / (floors[round] ?? Number.NaN));
  const figures = [
    figure('irc: figtree rebuild all, verified and swapped, relative to the floor', '×', {
      runs: whole.map((one, round) => one / (floors[round] ?? Number.NaN)),
      bar: { atMost: BAR_RATIO },
    }),
    figure('irc: figtree rebuild all', 's', { runs: whole }),
    figure('irc: building all three, relative to the floor', '×', { runs: ratios }),
    figure('irc: building all three', 's', { runs: seconds }),
    figure('irc: the floor', 's', { runs: floors }),
    figure('irc: CPU time of both cores, relative to the floor’s', '×', { runs: cpuRatios }),
    ...peer.figures,
  ];
  return { figures, notes: peer.notes };
}

function besideEmmett(context: BenchContext, options: EmmettRebuildOptions) {
  if (context.peers) return emmettRebuild(context, options);
  return { figures: [], notes: ['Emmett was left out: it is measured with --peers.'] };
}

async function feedOfHeavy(context: BenchContext, input: Input): Promise<Figure[]> {
  const { folder, naive, remove } = await prepared(context, input);
  const rates: number[] = [];
  const peaks: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { rebuilt, peakMiB } = await buildInProcess(folder, ['feed']);
    await checkFeeds(folder, naive, rebuilt);
    rates.push(rebuilt.feedEntries / rebuilt.seconds);
    if (peakMiB !== undefined) peaks.push(peakMiB);
  }
  remove();
  const name = 'twitter-bofa × irc-2008';
  return [
    figure(`${name}: effective feed entries per second`, '/s', {
      runs: rates,
      bar: { atLeast: BAR_ENTRIES_PER_SECOND },
    }),
    ...(peaks.length > 0 ? [figure(`${name}: peak memory`, 'MiB', { runs: peaks, bar: { atMost: BAR_MIB } })] : []),
  ];
}

async function prepared(context: BenchContext, input: Input) {
  context.say(`${input.words}: into the log`);
  const folder = join(context.folder, 'rebuild');
  mkdirSync(folder);
  await fillLog(folder, input.path);
  const naive = await naiveFeeds(input.path, { everyUser: 100 });
  expectEqual('entries by the naive model', naive.entries, input.knownEntries ?? naive.entries);
  return { folder, naive, remove: () => rmSync(folder, { recursive: true }) };
}

const FLOOR = fileURLToPath(new URL('./log-floor-process.mjs', import.meta.url));
const FIGTREE = fileURLToPath(new URL('../figtree', import.meta.url));
const BUILD = fileURLToPath(new URL('./rebuild-process.ts', import.meta.url));
// As every command of Figtree starts (apps/cli/main.ts).
const COMPILED = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)) };

async function runFloor(folder: string, events: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const { stdout, seconds } = await runProcess(process.execPath, [FLOOR, dataFolder(folder).log]);
  const { read, cpuSeconds } = JSON.parse(stdout) as { read: number; cpuSeconds: number };
  expectEqual('events of the floor', read, events);
  return { seconds, cpuSeconds };
}

async function buildInProcess(folder: string, projections: readonly ProjectionName[]): Promise<RebuildRun> {
  for (const name of projections) rmSync(dataFolder(folder).projection(name), { force: true });
  const parameters = [BUILD, folder, projections.join(',')];
  const { stdout, seconds, peakMiB } = await runProcess(process.execPath, parameters, COMPILED);
  return { seconds, peakMiB, rebuilt: JSON.parse(stdout) as Rebuilt };
}

async function rebuildAll(folder: string, naive: NaiveFeeds): Promise<number> {
  const environment = { FIGTREE_DATA: folder, LOG_LEVEL: 'warn' };
  const { stdout, seconds } = await runProcess(FIGTREE, ['rebuild', 'all', '--json'], environment);
  const { stage } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { stage: string };
  expectEqual('stage', stage, 'swapped');
  await compareFeeds(dataFolder(folder).projection('feed'), naive);
  await checkRelationships(folder, naive);
  return seconds;
}

async function checkFeeds(folder: string, naive: NaiveFeeds, { feedEntries, position }: Rebuilt): Promise<void> {
  expectEqual('position', position, naive.changes);
  expectEqual('feed entries', feedEntries, naive.entries);
  await compareFeeds(dataFolder(folder).projection('feed'), naive);
}

async function checkRelationships(folder: string, { users, changes, yubls }: NaiveFeeds): Promise<void> {
  const reader = openSqliteRelationshipReader(dataFolder(folder).projection('relationships'));
  const totals = await reader.totals();
  reader.close();
  expectEqual('users', totals.users, users);
  expectEqual('follows', totals.follows, changes - users - yubls);
}
