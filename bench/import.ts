import { fileURLToPath } from 'node:url';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import { ircInput } from './load/inputs.ts';
import { naiveFeeds } from './load/naive-feeds.ts';
import { runImport } from './load/run-import.ts';

const BAR_TIMES = 5;

export const importAgainstFloor: Benchmark = {
  name: 'import',
  title: 'Import, compared with only reading the same file',
  async run(context) {
    const { path, words, knownEntries } = await ircInput(context);
    const expected = await naiveFeeds(path, { everyUser: Infinity });
    expectEqual('entries by the naive model', expected.entries, knownEntries ?? expected.entries);
    const floors: number[] = [];
    const imports: number[] = [];
    const own: number[] = [];
    const rounds = context.quick ? 2 : 7;
    for (let round = 0; round < rounds; round += 1) {
      context.say(`pair ${round + 1} of ${rounds}`);
      floors.push(await floorSeconds(path, expected.changes));
      const { seconds, summary } = await runImport(context.folder, path, expected);
      imports.push(seconds);
      own.push(summary.seconds);
    }
    const ratios = imports.map((seconds, round) => seconds / (floors[round] ?? Number.NaN));
    return {
      input: words,
      figures: [
        figure('import / floor', 'times', { runs: ratios, bar: { atMost: BAR_TIMES } }),
        figure('floor: gunzip, split, JSON.parse', 's', { runs: floors }),
        figure('import: log durable, all projections caught up', 's', { runs: imports }),
        figure('import by its own clock, without startup and shutdown', 's', { runs: own }),
        figure('changes per second', '/s', { runs: imports.map((seconds) => expected.changes / seconds) }),
      ],
      notes: [
        'Whole processes, alternating; each import writes to a fresh folder. Like the import, the floor unzips on another core while it parses.',
      ],
    };
  },
};

async function floorSeconds(path: string, changes: number): Promise<number> {
  const script = fileURLToPath(new URL('./floor-process.mjs', import.meta.url));
  const { stdout, seconds } = await runProcess(process.execPath, [script, path]);
  expectEqual('lines of the floor', Number(stdout), changes);
  return seconds;
}
