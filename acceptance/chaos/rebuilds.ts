import { setTimeout as sleep } from 'node:timers/promises';
import { startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import { drawConsumer, parkSome, planOf } from './failing-consumers.ts';
import type { Fault, Stage } from './fault.ts';
import { smallInput } from './input.ts';
import { command, serve } from './server.ts';
import { rmSync } from 'node:fs';
import { expectWhole } from './whole-folder.ts';

export const rebuildKilled: Fault = {
  name: 'kill-rebuild',
  title: 'a rebuild that is killed at random moments goes on with the same command, beside a server that takes events',
  async play(stage) {
    const { folder, random } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const server = await serve(folder);
    const client = chaosClient(input, random);
    const posting = client.post(server.url);
    await killAtRandom(stage, ['rebuild', 'all', '--json']);
    await posting;
    await command(folder, ['rebuild', 'all', '--json']);
    await server.caughtUp();
    await server.end();
    await expectWhole(folder, input);
  },
};

export const serverKilledAtSwap: Fault = {
  name: 'kill-server-at-swap',
  title:
    'a server that is killed while a rebuild swaps its files has the old ones or the new ones, and all of them whole',
  async play(stage) {
    const { folder, random } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const client = chaosClient(input, random);
    for (let round = 0; round < rounds(stage); round += 1) {
      const server = await serve(folder);
      const posting = client.post(server.url);
      const rebuild = startFigtree(folder, ['rebuild', 'all', '--json']);
      await Promise.race([sleep(random() * 2500), rebuild.ended.then(() => sleep(random() * 50))]);
      await server.kill();
      await posting;
      rebuild.kill();
      await rebuild.ended;
    }
    const server = await serve(folder);
    await client.post(server.url);
    await command(folder, ['rebuild', 'all', '--json']);
    await server.caughtUp();
    await server.end();
    await expectWhole(folder, input);
  },
};

export const redriveKilled: Fault = {
  name: 'kill-redrive',
  title: 'a redrive that is killed at random moments handles each parked event once in effect',
  async play(stage) {
    const input = smallInput(stage);
    const { consumer, projection } = drawConsumer(stage);
    const plan = planOf(stage, { consumer, share: 0.1 });
    await parkSome(stage, { input, plan, projection });
    rmSync(plan.whileThere);
    await killAtRandom(stage, ['parked', 'redrive', '--all', '--json']);
    await command(stage.folder, ['parked', 'redrive', '--all', '--json']);
    await expectWhole(stage.folder, input);
  },
};

const rounds = ({ short }: Stage) => (short ? 2 : 5);

/** Most of it is the start of the process; what is killed after its end has done its work. */
async function killAtRandom({ folder, random, ...stage }: Stage, words: readonly string[]): Promise<void> {
  for (let round = 0; round < rounds({ folder, random, ...stage }); round += 1) {
    const running = startFigtree(folder, words);
    const afterMs = Math.round(150 + random() * 1000);
    await Promise.race([sleep(afterMs), running.ended]);
    running.kill();
    const { code, stderr } = await running.ended;
    stage.print(`figtree ${words.join(' ')}: ${code === null ? `killed after ${afterMs} ms` : `ended with ${code}`}`);
    if (code !== null && code !== 0) throw new Error(`figtree ${words.join(' ')} failed: ${stderr}`);
  }
}
