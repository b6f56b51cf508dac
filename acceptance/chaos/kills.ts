import { differences } from '../data-snapshot.ts';
import type { Fault } from './fault.ts';
import { chaosInput } from './input.ts';
import { disturbed, undisturbed } from './kill-run.ts';

const KILLS_MAX = 5;

/** Up to KILLS_MAX kills of `import` and of `serve`, which a client posts to meanwhile; then the same commands to their
 *  end. Log and projections must equal those of an undisturbed folder. */
export const killed: Fault = {
  name: 'kill',
  title: 'killed at random moments, import and serve lose nothing and double nothing',
  async play({ random, short, print }) {
    const input = chaosInput(short ? { lines: 3000, events: 500 } : { lines: 16_712, events: 3000 }, random);
    const { snapshot, durations } = await undisturbed(input);
    const after = await disturbed({
      input,
      kills: short ? 3 : 1 + Math.floor(random() * KILLS_MAX),
      durations,
      random,
      onKill({ command, afterMs, acknowledged, head }) {
        print(`killed ${command} after ${afterMs} ms: head ${head}, ${acknowledged} events acknowledged`);
      },
    });
    const found = differences(snapshot, after);
    if (found.length > 0) throw new Error(`it differs from an undisturbed folder:\n${found.join('\n')}`);
  },
};
