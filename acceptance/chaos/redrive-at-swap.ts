import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import { drawConsumer, parkedBy, planOf, plantedBy } from './failing-consumers.ts';
import type { Fault } from './fault.ts';
import { smallInput } from './input.ts';
import { REBUILD } from './rebuilds.ts';
import { command, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

const SWAPS = 3;
const ANSWER_MS_MAX = 20_000;
// Done; nothing is parked at this moment; or the version that was asked has just been replaced: to be asked again.
const EXPECTED = new Set([200, 404, 503]);

export const redriveAtSwap: Fault = {
  name: 'redrive-at-swap',
  apart: true,
  title: 'who asks for a redrive while versions are swapped gets an answer, and each event is handled once in effect',
  async play(stage) {
    const { folder, random, print } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const { consumer, projection } = drawConsumer(stage);
    const plan = planOf(stage, { consumer, share: 0.15 });
    const planted = plantedBy(plan);
    const server = await serve(folder, planted);
    const posting = chaosClient(input, random).post(server.url);
    const answers = new Map<number, number>();
    let swapping = true;

    async function keepRedriving(): Promise<void> {
      while (swapping) {
        const signal = AbortSignal.timeout(ANSWER_MS_MAX);
        const { status } = await fetch(`${server.url}/admin/parked/redrive?all=true`, { method: 'POST', signal });
        answers.set(status, (answers.get(status) ?? 0) + 1);
        await sleep(1);
      }
    }

    const redriving = Promise.all([keepRedriving(), keepRedriving()]);
    try {
      for (let swaps = 0; swaps < SWAPS; swaps += 1) {
        const { code, stderr } = await startFigtree(folder, [...REBUILD, '--on-error', 'park'], planted).ended;
        if (code !== 0) throw new Error(`a rebuild ended with ${code}: ${stderr}`);
      }
    } finally {
      swapping = false;
      await redriving;
    }
    await posting;
    print(`${consumer} fails; answers to redrives: ${JSON.stringify([...answers])}`);
    if ([...answers.keys()].some((status) => !EXPECTED.has(status))) throw new Error('a redrive had another answer');
    await server.caughtUp();
    await server.end();
    await expectWhole(folder, input, { parked: parkedBy(plan, projection, input) });
    rmSync(plan.whileThere);
    await command(folder, ['parked', 'redrive', '--all', '--json']);
    await expectWhole(folder, input);
  },
};
