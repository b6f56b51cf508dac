import { type BenchContext, type Benchmark, type Figure, figure } from './harness/benchmark.ts';
import { heavyInput, HEAVY_IS_MISSING, HEAVY_IS_PAIRED, type Input, ircInput } from './load/inputs.ts';
import { naiveFeeds } from './load/naive-feeds.ts';
import { runImport } from './load/run-import.ts';

const BAR_MIB = 400;

export const memory: Benchmark = {
  name: 'memory',
  title: 'Memory of an import',
  async run(context) {
    const irc = await ircInput(context);
    const heavy = await heavyInput(context);
    return {
      input: heavy === undefined ? irc.words : `${irc.words}; ${heavy.words}`,
      figures: [
        ...(await figuresOf(context, { input: irc, name: 'irc', rounds: context.quick ? 1 : 3 })),
        ...(heavy === undefined
          ? []
          : await figuresOf(context, { input: heavy, name: 'twitter-bofa × irc-2008', rounds: 1 })),
      ],
      notes: [
        'VmHWM of the whole process, with all threads and the mapped program. See growth for how it depends on the input size.',
        heavy === undefined ? HEAVY_IS_MISSING : HEAVY_IS_PAIRED,
      ],
    };
  },
};

interface Load {
  readonly input: Input;
  readonly name: string;
  readonly rounds: number;
}

async function figuresOf(context: BenchContext, { input, name, rounds }: Load): Promise<Figure[]> {
  const expected = await naiveFeeds(input.path, { everyUser: Infinity });
  const peaks: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    context.say(`${name}, round ${round + 1} of ${rounds}`);
    const { peakMiB, summary } = await runImport(context.folder, input.path, expected);
    if (peakMiB === undefined) throw new Error('the most memory of a process is read off /proc, which is not here');
    peaks.push(peakMiB);
    rates.push(summary.feedEntries / summary.seconds);
  }
  return [
    figure(`${name}: peak memory`, 'MiB', { runs: peaks, bar: { atMost: BAR_MIB } }),
    figure(`${name}: feed entries per second of the whole import`, '/s', { runs: rates }),
  ];
}
