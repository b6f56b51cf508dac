import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chaosClient } from './client.ts';
import type { Fault, Stage } from './fault.ts';
import { type ChaosInput, smallInput } from './input.ts';
import { killOnce, REBUILD, rounds } from './rebuilds.ts';
import { command, serve } from './server.ts';
import { expectWhole, projectionFile, projectionNames } from './whole-folder.ts';

export const archiveKilled: Fault = {
  name: 'kill-archive',
  apart: true,
  title: 'archive, trim and restore that are killed at random moments go on, and archive and log are one log',
  async play(stage) {
    const { root, folder, random } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const archive = join(root, 'archive');
    const client = chaosClient(input, random);
    const parts = [client, chaosClient({ ...input, posted: [], queues: input.queues.slice(0, 1) }, random)];
    for (let round = 0; round < rounds(stage); round += 1) {
      // Beside a server that accepts events, or without one, which also shrinks the file.
      const server = await serve(folder);
      await Promise.all([
        parts.pop()?.post(server.url),
        killOnce(stage, ['archive', archive, '--trim', '--json'], () => sleep(200 + random() * 900)),
      ]);
      await server.end();
      await killOnce(stage, ['archive', archive, '--trim', '--json'], () => sleep(200 + random() * 900));
    }
    const server = await serve(folder);
    await client.post(server.url);
    await server.caughtUp();
    await server.end();
    await command(folder, ['archive', archive, '--trim', '--json']);
    await command(folder, ['archive', 'verify', archive]);
    await expectWhole(folder, input, { archive });
    await expectBuiltAgain(stage, archive, input);
    await expectRestored(stage, archive, input);
  },
};

/** A projection that is lost or rebuilt reads trimmed events from the archive. */
async function expectBuiltAgain({ folder, random, print }: Stage, archive: string, input: ChaosInput): Promise<void> {
  const lost = projectionFile(folder, projectionNames[Math.floor(random() * projectionNames.length)] ?? 'feed');
  for (const suffix of ['', '-wal', '-shm']) rmSync(lost + suffix, { force: true });
  print(`${basename(lost)} is lost`);
  const server = await serve(folder);
  await server.caughtUp();
  await command(folder, REBUILD);
  await server.end();
  await expectWhole(folder, input, { archive });
}

async function expectRestored(stage: Stage, archive: string, input: ChaosInput): Promise<void> {
  const restored = join(stage.root, 'restored');
  mkdirSync(restored);
  for (let round = 0; round < rounds(stage); round += 1) {
    await killOnce({ ...stage, folder: restored }, ['restore', archive, '--json'], () =>
      sleep(150 + stage.random() * 500),
    );
    if (readdirSync(restored).includes('log.db')) break;
  }
  if (!readdirSync(restored).includes('log.db')) await command(restored, ['restore', archive, '--json']);
  const server = await serve(restored);
  await server.caughtUp();
  await server.end();
  await expectWhole(restored, input);
}
