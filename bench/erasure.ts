import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import type { ErasureReport } from '../engine/erasure.ts';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { runProcess } from './harness/child.ts';
import { endedChildrenCpu } from './harness/child-cpu.ts';
import { ircInput } from './load/inputs.ts';
import { importInto, runImport } from './load/run-import.ts';
import { naiveFeeds } from './load/naive-feeds.ts';

const FIGTREE = fileURLToPath(new URL('../figtree', import.meta.url));
/** Up to this cost, person keys would have been on by default. */
const BAR_TIMES = 1.2;

export const erasure: Benchmark = {
  name: 'erasure',
  title: 'Import with person keys, compared with one without',
  async run(context) {
    const { path, words } = await ircInput(context);
    const expected = await naiveFeeds(path, { everyUser: Infinity });
    const rounds = context.quick ? 2 : 7;
    const [plain, sealed]: [Cost[], Cost[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      context.say(`pair ${round + 1} of ${rounds}`);
      for (const [costs, keys] of [
        [plain, 'off'],
        [sealed, 'on'],
      ] as const) {
        const environment = { FIGTREE_PERSON_KEYS: keys };
        costs.push(await costOf(() => runImport(context.folder, path, { ...expected, environment })));
      }
    }
    context.say('erasing a user');
    const data = mkdtempSync(join(context.folder, 'erasure-'));
    const environment = { FIGTREE_PERSON_KEYS: 'on' };
    await importInto(data, path, { ...expected, environment });
    const erased = await eraseOne(data, environment);
    const ratios = (of: keyof Cost) => sealed.map((cost, round) => cost[of] / (plain[round]?.[of] ?? Number.NaN));
    return {
      input: words,
      figures: [
        figure('with keys / without: CPU time', 'times', { runs: ratios('cpuSeconds'), bar: { atMost: BAR_TIMES } }),
        figure('with keys / without: elapsed', 'times', { runs: ratios('seconds') }),
        figure('without keys: CPU time', 's', { runs: plain.map(({ cpuSeconds }) => cpuSeconds) }),
        figure('with keys: CPU time', 's', { runs: sealed.map(({ cpuSeconds }) => cpuSeconds) }),
        figure('figtree erase, including the search of all files', 's', { runs: [erased] }),
      ],
      notes: [
        'Whole processes, alternating; each import writes to a fresh folder. CPU time covers all threads and, unlike elapsed time, does not depend on other load.',
        'Because the cost exceeds the bar, person keys are off unless FIGTREE_PERSON_KEYS is set (docs/decisions/0021).',
      ],
    };
  },
};

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function costOf(run: () => Promise<{ seconds: number }>): Promise<Cost> {
  const before = endedChildrenCpu();
  const { seconds } = await run();
  const after = endedChildrenCpu();
  return { seconds, cpuSeconds: before === undefined || after === undefined ? seconds : after - before };
}

async function eraseOne(data: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const log = new DatabaseSync(dataFolder(data).log, { readOnly: true });
  const row = log.prepare("SELECT data FROM events WHERE type = 'yubl-posted' LIMIT 1 OFFSET 1000").get();
  log.close();
  const { authorId } = JSON.parse((row as { data: string }).data) as { authorId: string };
  const { stdout, seconds } = await runProcess(FIGTREE, ['erase', authorId, '--yes', '--json'], {
    ...environment,
    FIGTREE_DATA: data,
  });
  expectEqual('nothing left', (JSON.parse(stdout) as ErasureReport).clean, true);
  return seconds;
}
