import { parseArgs } from 'node:util';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { playFault } from './play-fault.ts';

// Injects faults into Figtree, and checks that no trace of them is left. A run with the same seed repeats them; only
// the timing of processes differs.

const USAGE = `npm run chaos -- [--fault NAME]… [--runs N] [--seed S] [--short]
  --fault  ${faults.map(({ name }) => name).join(', ')};
           all of them if none is named
  --runs   how often each is played, with the seeds S, S + 1, … (default 10)
  --seed   default: of the clock
  --short  with as little as the tests do it`;

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const { values } = parseArgs({
    args: words,
    options: {
      fault: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.fault.filter((name) => !faults.some((fault) => fault.name === name));
  const [runs, seed] = [Number(values.runs), Number(values.seed)];
  if (values.help || unknown.length > 0 || !Number.isSafeInteger(runs) || !Number.isSafeInteger(seed)) {
    console.log(unknown.length > 0 ? `There is no fault ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return values.help ? 0 : 2;
  }
  const asked = faults.filter(({ name }) => values.fault.length === 0 || values.fault.includes(name));
  let failed = 0;
  for (const fault of asked) {
    failed += await playRuns(fault, { runs, seed, short: values.short });
  }
  console.log(failed === 0 ? 'and nobody could tell' : `${failed} runs failed`);
  return failed === 0 ? 0 : 1;
}

interface Runs {
  readonly runs: number;
  readonly seed: number;
  readonly short: boolean;
}

/** Returns how many of them failed. */
async function playRuns(fault: Fault, { runs, seed, short }: Runs): Promise<number> {
  let failed = 0;
  for (let run = 0; run < runs; run += 1) {
    try {
      const outcome = await playFault(fault, { seed: seed + run, short, print: (line) => console.log(line) });
      if (outcome !== undefined) {
        console.log(`  skipped: ${outcome.skipped}`);
        return failed;
      }
    } catch (error) {
      failed += 1;
      console.error((error as Error).message);
    }
  }
  return failed;
}
