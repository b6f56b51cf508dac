import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FigtreeProcess, startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import { drawConsumer, parkSome, planOf } from './failing-consumers.ts';
import type { Fault, Stage } from './fault.ts';
import { smallInput } from './input.ts';
import { command, serve } from './server.ts';
import { expectWhole, parkedIn, projectionFile } from './whole-folder.ts';

export const rebuildKilled: Fault = {
  name: 'kill-rebuild',
  title: 'a rebuild that is killed at random moments goes on with the same command, beside a server that takes events',
  async play(stage) {
    const { folder, random } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const server = await serve(folder);
    const client = chaosClient(input, random);
    const posting = client.post(server.url);
    for (let round = 0; round < rounds(stage); round += 1) {
      await killOnce(stage, REBUILD, (running) => rebuildMoment(running, random));
    }
    await posting;
    await command(folder, REBUILD);
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
      const rebuild = startFigtree(folder, REBUILD);
      const afterMs = random() * 500;
      const moment = rebuild.line(/\S/).then(() => sleep(afterMs));
      await Promise.race([moment.catch(() => undefined), rebuild.ended]);
      stage.print(`server killed ${Math.round(afterMs)} ms after the rebuild has begun`);
      await server.kill();
      await posting;
      rebuild.kill();
      await rebuild.ended;
    }
    const server = await serve(folder);
    await client.post(server.url);
    await command(folder, REBUILD);
    await server.caughtUp();
    await server.end();
    await expectWhole(folder, input);
  },
};

export const redriveKilled: Fault = {
  name: 'kill-redrive',
  title: 'a redrive that is killed at random moments handles each parked event once in effect',
  async play(stage) {
    const { folder, random } = stage;
    const input = smallInput(stage);
    const { consumer, projection } = drawConsumer(stage);
    // Many, but not so many that the consumer counts as broken.
    const plan = planOf(stage, { consumer, share: 0.2 });
    await parkSome(stage, { input, plan, projection });
    rmSync(plan.whileThere);
    const file = projectionFile(folder, projection);
    for (let round = 0; round < rounds(stage); round += 1) {
      const before = parkedIn(file);
      if (before === 0) break;
      await killOnce(stage, REDRIVE, async () => {
        // At any time, perhaps in the middle of a commit; or after one, in the course of the work.
        if (random() < 0.5) return void (await sleep(200 + random() * 400));
        const rest = Math.floor(random() * before);
        while (parkedIn(file) > rest) await sleep(1);
      });
      stage.print(`${before} parked before, ${parkedIn(file)} after`);
    }
    await command(folder, REDRIVE);
    await expectWhole(folder, input);
  },
};

export const REBUILD = ['rebuild', 'all', '--json'];
const REDRIVE = ['parked', 'redrive', '--all', '--json'];

export const rounds = ({ short }: Pick<Stage, 'short'>) => (short ? 2 : 5);

/** While it starts, or while it works: a rebuild reports its progress. */
async function rebuildMoment(running: FigtreeProcess, random: Stage['random']): Promise<void> {
  if (random() < 0.3) return sleep(random() * 1000);
  const afterMs = random() * 300;
  await running.line(/\S/);
  return sleep(afterMs);
}

/** Runs a command and kills it at a moment, unless it was faster. */
export async function killOnce(
  { folder, print }: Stage,
  words: readonly string[],
  moment: (running: FigtreeProcess) => Promise<void>,
): Promise<void> {
  const running = startFigtree(folder, words);
  const startMs = performance.now();
  const ended = running.ended.then(() => undefined);
  await Promise.race([moment(running).catch(() => ended), ended]);
  running.kill();
  const { code, stderr } = await running.ended;
  const ms = Math.round(performance.now() - startMs);
  print(`figtree ${words.join(' ')}: ${code === null ? `killed after ${ms} ms` : `ended with ${code}`}`);
  if (code !== null && code !== 0) throw new Error(`figtree ${words.join(' ')} failed: ${stderr}`);
}
