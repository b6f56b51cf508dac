import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { type BenchContext, type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import { compareFeeds } from './load/compare-feeds.ts';
import { fillLog } from './load/fill-log.ts';
import { heavyInput, HEAVY_IS_MISSING, HEAVY_IS_PAIRED, type Input, ircInput } from './load/inputs.ts';
import type { Built } from './load/build-projection.ts';
import { naiveFeeds } from './load/naive-feeds.ts';

export const fanOut: Benchmark = {
  name: 'fan-out',
  title: 'Fan-out into feeds on disk',
  async run(context) {
    const irc = await ircInput(context);
    const figures = await figuresOf(context, { input: irc, name: 'irc', rounds: context.quick ? 1 : 3 });
    const heavy = await heavyInput(context);
    if (heavy !== undefined) {
      figures.unshift(...(await figuresOf(context, { input: heavy, name: 'twitter-bofa × irc-2008', rounds: 2 })));
    }
    return {
      input: heavy === undefined ? irc.words : `${heavy.words}; and ${irc.words}`,
      figures,
      notes: [
        'The feed projection’s consumers read a full log and write every entry (no celebrities), until the file is closed. Every 100th user’s feed was compared with a naive model.',
        heavy === undefined ? HEAVY_IS_MISSING : HEAVY_IS_PAIRED,
      ],
    };
  },
};

const BAR_ENTRIES_PER_SECOND = 400_000;
const MIB = 2 ** 20;

interface Load {
  readonly input: Input;
  readonly name: string;
  readonly rounds: number;
}

async function figuresOf(context: BenchContext, { input, name, rounds }: Load): Promise<Figure[]> {
  context.say(`${name}: into the log`);
  const folder = join(context.folder, 'fan-out');
  mkdirSync(folder);
  await fillLog(folder, input.path);
  const naive = await naiveFeeds(input.path, { everyUser: 100 });
  expectEqual('entries by the naive model', naive.entries, input.knownEntries ?? naive.entries);
  const file = dataFolder(folder).projection('feed');
  const rates: number[] = [];
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rmSync(file, { force: true });
    context.say(`${name}: ${naive.entries} entries, round ${round + 1}`);
    const { built, peakMiB } = await build(folder);
    expectEqual('feed entries', built.feedEntries, naive.entries);
    await compareFeeds(file, naive);
    rates.push(built.feedEntries / built.seconds);
    if (peakMiB !== undefined) peaks.push(peakMiB);
  }
  const bytes = statSync(file).size;
  rmSync(folder, { recursive: true });
  return [
    figure(`${name}: feed entries per second`, '/s', { runs: rates, bar: { atLeast: BAR_ENTRIES_PER_SECOND } }),
    figure(`${name}: size of the feed file`, 'MiB', { runs: [bytes / MIB] }),
    ...(peaks.length > 0 ? [figure(`${name}: peak memory`, 'MiB', { runs: peaks })] : []),
  ];
}

async function build(folder: string): Promise<{ built: Built; peakMiB: number | undefined }> {
  const script = fileURLToPath(new URL('./fan-out-process.ts', import.meta.url));
  const { stdout, peakMiB } = await runProcess(process.execPath, [script, folder]);
  return { built: JSON.parse(stdout) as Built, peakMiB };
}
