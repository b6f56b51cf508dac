import { readdirSync, rmSync } from 'node:fs';
import { type Planted, startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import { drawConsumer, parkedBy, planOf, plantedBy } from './failing-consumers.ts';
import type { Fault } from './fault.ts';
import { onFullDisk, roomAgain } from './full-disk.ts';
import { smallInput } from './input.ts';
import { REBUILD } from './rebuilds.ts';
import { command, type RunningServer, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

export const consumerFailsInRebuild: Fault = {
  name: 'consumer-fails-in-rebuild',
  apart: true,
  title: 'a rebuild stops at what a consumer cannot take, or parks exactly that, and the live version goes on',
  async play(stage) {
    const { folder, random, print } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const { consumer, projection } = drawConsumer(stage);
    const plan = planOf(stage, { consumer, share: 0.1 });
    const planted = plantedBy(plan);
    const server = await serve(folder, planted);
    await chaosClient(input, random).post(server.url);
    await server.caughtUp();
    const parked = await parkedAt(server);
    print(`${consumer} fails, ${parked} parked`);
    if (parked > 0) await failsWith(folder, 'REBUILD_STOPPED', planted);
    if ((await parkedAt(server)) !== parked) throw new Error('the rebuild that stopped has changed what is live');
    if (random() < 0.5) {
      // The old version's parked events are not carried over: the new one has met, and parked, the same ones.
      await runPlanted(folder, [...REBUILD, '--on-error', 'park'], planted);
      await server.end();
      await expectWhole(folder, input, { parked: parkedBy(plan, projection, input) });
      const again = await serve(folder, planted);
      rmSync(plan.whileThere);
      await command(folder, ['parked', 'redrive', '--all', '--json']);
      await again.until('nothing is parked', ({ projections }) => projections.every(({ parked: left }) => left === 0));
      await again.end();
    } else {
      // The rebuild runs with a fixed consumer and parks nothing, although the server would still fail at the same
      // events.
      await command(folder, REBUILD);
      if ((await parkedAt(server)) > 0) throw new Error('what the old version had parked is parked in the new one');
      await command(folder, ['parked', 'redrive', '--all', '--json']);
      await server.end();
    }
    await expectWhole(folder, input);
  },
};

async function parkedAt(server: RunningServer): Promise<number> {
  const { projections } = await server.status();
  if (projections.some(({ lagEvents }) => lagEvents > 0)) throw new Error('a projection has fallen behind');
  return projections.reduce((sum, { parked }) => sum + parked, 0);
}

async function runPlanted(folder: string, words: readonly string[], planted: Planted): Promise<void> {
  const { code, stderr } = await startFigtree(folder, words, planted).ended;
  if (code !== 0) throw new Error(`figtree ${words.join(' ')} ended with ${code}: ${stderr}`);
}

async function failsWith(folder: string, error: string, planted?: Planted): Promise<void> {
  const { code, stdout, stderr } = await startFigtree(folder, REBUILD, planted).ended;
  if (code !== 1 || !(stdout + stderr).includes(error)) {
    throw new Error(`a rebuild ended with ${code} instead of ${error}: ${stdout}${stderr}`);
  }
}

export const diskFullInRebuild: Fault = {
  name: 'full-disk-in-rebuild',
  apart: true,
  title: 'a rebuild whose disk is full says so and leaves the live version alone; once there is room, it goes on',
  play: (stage) =>
    onFullDisk(stage, async ({ disk, folder, input, server, client, room }) => {
      const posting = client.post(server.url);
      const { code, stdout, stderr } = await startFigtree(folder, REBUILD).ended;
      await posting;
      const parts = readdirSync(folder).filter((name) => name.includes('.part'));
      stage.print(`${room} bytes left: the rebuild ended with ${code}, ${client.refused()} batches refused`);
      const told = stdout + stderr;
      if (code !== 0 && !told.includes('STORAGE_FULL')) throw new Error(`the rebuild ended with ${code}: ${told}`);
      if (parts.length > 0) throw new Error(`the rebuild left ${parts.join(', ')}`);
      const { projections } = await server.status();
      if (projections.some(({ parked }) => parked > 0)) throw new Error('a full disk has parked something');
      disk.makeRoom();
      await roomAgain(client, server);
      await command(folder, REBUILD);
      await server.caughtUp();
      await server.end();
      await expectWhole(folder, input);
    }),
};
