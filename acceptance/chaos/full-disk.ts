import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountSmallDisk } from '../small-disk.ts';
import { chaosClient } from './client.ts';
import type { Fault } from './fault.ts';
import { smallInput } from './input.ts';
import { command, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

const MEBIBYTE = 2 ** 20;
const TRIES_MAX = 200;

export const fullDisk: Fault = {
  name: 'full-disk',
  title: 'a server whose disk is full refuses what comes, loses nothing, and goes on once there is room',
  async play(stage) {
    const disk = mountSmallDisk(64 * MEBIBYTE);
    if ('reason' in disk) return { skipped: disk.reason };
    const { folder } = disk;
    try {
      const input = smallInput(stage);
      const file = join(stage.root, 'imported.ndjson');
      writeFileSync(file, `${input.imported.join('\n')}\n`);
      await command(folder, ['import', file]);
      const server = await serve(folder);
      const client = chaosClient(input, stage.random);
      const room = Math.floor(stage.random() * MEBIBYTE);
      disk.leave(room);
      await client.post(server.url);
      const { projections } = await server.status();
      const states = projections.map(({ name, state, parked }) => `${name} ${state}, ${parked} parked`);
      stage.print(`${room} bytes left: ${client.refused()} batches refused, ${states.join('; ')}`);
      if (stage.random() < 0.5) {
        // Nor does it matter if it is killed meanwhile.
        await server.kill();
        disk.makeRoom();
        await finish(await serve(folder));
      } else {
        disk.makeRoom();
        await finish(server);
      }
      await expectWhole(folder, input);

      async function finish(running: Awaited<ReturnType<typeof serve>>): Promise<void> {
        for (let tries = 0; !client.done() && tries < TRIES_MAX; tries += 1) {
          await client.post(running.url);
          await sleep(50);
        }
        if (!client.done()) throw new Error('there is room, and the server still refuses');
        await running.caughtUp();
        await running.end();
      }
    } finally {
      disk.remove();
    }
    return undefined;
  },
};
