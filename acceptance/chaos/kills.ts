import { differences } from '../data-snapshot.ts';
import type { Fault } from './fault.ts';
import { chaosInput } from './input.ts';
import { disturbed, undisturbed } from './kill-run.ts';
import { expectWhole } from './whole-folder.ts';

const KILLS_MAX = 5;
const LITTLE = { lines: 1000, events: 300 };
const SMALL = { lines: 2000, events: 500 };
const LARGE = { lines: 16_712, events: 3000 };

/** Up to KILLS_MAX kills of `import` and of `serve`, which a client posts to meanwhile; then the same commands to their
 *  end. Log and projections must equal those of an undisturbed folder, and the naive model's unless there is too much
 *  for it. */
export const killed: Fault = {
  name: 'kill',
  title: 'killed at random moments, import and serve lose nothing and double nothing',
  async play({ random, short, print }) {
    const isSmall = short || random() < 0.5;
    const input = chaosInput(short ? LITTLE : isSmall ? SMALL : LARGE, random);
    const { snapshot, durations } = await undisturbed(input);
    const after = await disturbed({
      input,
      kills: short ? 2 : 1 + Math.floor(random() * KILLS_MAX),
      durations,
      random,
      look: async (folder) => void (isSmall && (await expectWhole(folder, input))),
      onKill({ command, afterMs, acknowledged, head }) {
        print(`killed ${command} after ${afterMs} ms: head ${head}, ${acknowledged} events acknowledged`);
      },
    });
    const found = differences(snapshot, after);
    if (found.length > 0) throw new Error(`it differs from an undisturbed folder:\n${found.join('\n')}`);
  },
};
