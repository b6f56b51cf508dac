import { parseArgs } from 'node:util';
import { chaosInput, randomOf } from './chaos-input.ts';
import { disturbed, undisturbed } from './chaos-run.ts';
import { differences } from './data-snapshot.ts';

// Kills Figtree at random moments and looks whether anybody could tell afterwards:
//
//   node acceptance/chaos.ts --runs 50 --seed 1
//
// A run: a fresh folder, up to KILLS_MAX kills of `import` and of `serve` (which a client posts to meanwhile), then the same
// commands to their end; then log and projections must equal those of an undisturbed folder.

export interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  /** Changes of the sample, and events that are posted beside them. */
  readonly lines: number;
  readonly events: number;
  readonly print: (line: string) => void;
}

const KILLS_MAX = 5;

/** Gives how many kills there were. Rejects with what differs, and with the seed. */
export async function chaos({ runs, seed, lines, events, print }: ChaosOptions): Promise<number> {
  let kills = 0;
  const input = chaosInput({ lines, events }, randomOf(seed));
  print(`seed ${seed}: ${lines} changes and ${events} events, ${runs} runs`);
  const { snapshot, durations } = await undisturbed(input);
  print(`undisturbed: ${Object.keys(snapshot.events).length} events, import in ${Math.round(durations.importMs)} ms`);
  for (let run = 1; run <= runs; run += 1) {
    const random = randomOf(seed * 1000 + run);
    const killed = await disturbed({
      input,
      kills: runs === 1 ? KILLS_MAX : 1 + Math.floor(random() * KILLS_MAX),
      durations,
      random,
      onKill({ command, afterMs, acknowledged, head }) {
        kills += 1;
        print(`  killed ${command} after ${afterMs} ms: head ${head}, ${acknowledged} events acknowledged`);
      },
    });
    const found = differences(snapshot, killed);
    if (found.length > 0) throw new Error(`seed ${seed}, run ${run} differs:\n${found.join('\n')}`);
    print(`run ${run}: equal`);
  }
  return kills;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      lines: { type: 'string', default: '16712' },
      events: { type: 'string', default: '3000' },
    },
  });
  const [runs, seed, lines, events] = [values.runs, values.seed, values.lines, values.events].map(Number);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const kills = await chaos({ runs: runs ?? 0, seed: seed ?? 0, lines: lines ?? 0, events: events ?? 0, print });
  print(`${kills} kills, and nobody could tell`);
}
