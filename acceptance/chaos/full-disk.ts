import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountSmallDisk, type SmallDisk } from '../small-disk.ts';
import { type ChaosClient, chaosClient } from './client.ts';
import type { Fault, Stage } from './fault.ts';
import { type ChaosInput, smallInput } from './input.ts';
import { command, type RunningServer, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

const MEBIBYTE = 2 ** 20;
const TRIES_MAX = 200;

interface FullDisk {
  readonly disk: SmallDisk;
  readonly folder: string;
  readonly input: ChaosInput;
  readonly server: RunningServer;
  readonly client: ChaosClient;
  /** Free bytes. */
  readonly room: number;
}

/** Runs on a separate disk, on which a server has accepted its first events and has space for few more. */
export async function onFullDisk(stage: Stage, play: (scene: FullDisk) => Promise<void>): ReturnType<Fault['play']> {
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
    await play({ disk, folder, input, server, client, room });
  } finally {
    disk.remove();
  }
  return undefined;
}

export const fullDisk: Fault = {
  name: 'full-disk',
  title: 'a server whose disk is full refuses what comes, loses nothing, and goes on once there is room',
  play: (stage) =>
    onFullDisk(stage, async ({ disk, folder, input, server, client, room }) => {
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

      async function finish(running: RunningServer): Promise<void> {
        await roomAgain(client, running);
        await running.end();
      }
    }),
};

/** Posts refused items until all of them are accepted and applied. */
export async function roomAgain(client: ChaosClient, server: RunningServer): Promise<void> {
  for (let tries = 0; !client.done() && tries < TRIES_MAX; tries += 1) {
    await client.post(server.url);
    await sleep(50);
  }
  if (!client.done()) throw new Error('there is room, and the server still refuses');
  await server.caughtUp();
}
