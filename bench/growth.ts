import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchContext, type Benchmark, type Figure, figure } from './harness/benchmark.ts';
import { median } from './harness/statistics.ts';
import { type Arrangement, writeCopies } from './load/copies.ts';
import { ircInput } from './load/inputs.ts';
import { type NaiveFeeds, naiveFeeds } from './load/naive-feeds.ts';
import { type ImportRun, runImport } from './load/run-import.ts';

const BAR_TIMES = 1.3;

export const growth: Benchmark = {
  name: 'growth',
  title: 'How the cost of an import grows with the input',
  async run(context) {
    const irc = await ircInput(context);
    const expected = await naiveFeeds(irc.path, { everyUser: Infinity });
    const sizes = context.quick ? [1, 2] : [1, 2, 4, 8];
    const figures: Figure[] = [];
    for (const arrangement of ['together', 'one after the other'] as const) {
      figures.push(...(await figuresOf(context, { path: irc.path, expected, sizes, arrangement })));
    }
    return {
      input: `1, 2, 4 and 8 disjoint copies of ${irc.words}`,
      figures,
      notes: [
        'Seconds by the import’s own clock, divided by the number of changes, relative to the median at 1×. The copies live at the same time (together: more users) or one after the other (a longer history).',
      ],
    };
  },
};

interface Growing {
  readonly path: string;
  readonly expected: NaiveFeeds;
  readonly sizes: readonly number[];
  readonly arrangement: Arrangement;
}

async function figuresOf(context: BenchContext, { path, expected, sizes, arrangement }: Growing): Promise<Figure[]> {
  const runs = new Map(sizes.map((size) => [size, [] as ImportRun[]]));
  const copies = join(context.folder, 'copies.ndjson.gz');
  // Each round runs all sizes, so that a machine that slows down is not mistaken for the growth of the input.
  for (let round = 0; round < (context.quick ? 1 : 2); round += 1) {
    for (const size of sizes) {
      context.say(`${size}×, ${arrangement}, round ${round + 1}`);
      await writeCopies(path, copies, { count: size, arrangement });
      const counts = { changes: expected.changes * size, entries: expected.entries * size };
      // Small ones are quick, so they are repeated more often.
      for (let again = 0; again < Math.max(1, 4 / size); again += 1) {
        runs.get(size)?.push(await runImport(context.folder, copies, counts));
      }
    }
  }
  rmSync(copies);
  const perChange = ({ summary }: ImportRun) => (summary.seconds / summary.read) * 1e6;
  const single = median((runs.get(1) ?? []).map(perChange));
  return [...runs].flatMap(([size, ofSize]) => {
    const costs = ofSize.map(perChange);
    const peaks = ofSize.flatMap(({ peakMiB }) => peakMiB ?? []);
    const name = `${size}×, ${arrangement}`;
    return [
      size === 1
        ? figure(`${name}: per change`, 'µs', { runs: costs })
        : figure(`${name}: per change, relative to 1×`, 'times', {
            runs: costs.map((cost) => cost / single),
            bar: { atMost: BAR_TIMES },
          }),
      ...(peaks.length > 0 ? [figure(`${name}: peak memory`, 'MiB', { runs: peaks })] : []),
    ];
  });
}
