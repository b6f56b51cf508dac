import { setTimeout as sleep } from 'node:timers/promises';
import { startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import type { Fault } from './fault.ts';
import { smallInput } from './input.ts';
import { command, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

const INTRUDERS = 3;

export const twoServers: Fault = {
  name: 'two-servers',
  title: 'a second server on the folder is refused and the first one is unharmed',
  async play(stage) {
    const { folder, random } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const first = await serve(folder);
    const client = chaosClient(input, random);
    const posting = client.post(first.url);
    const intruding = Array.from({ length: INTRUDERS }, async () => {
      await sleep(random() * 200);
      const second = startFigtree(folder, ['serve']);
      // If it were admitted, it would serve forever.
      const giveUp = setTimeout(() => second.kill(), 20_000);
      const { code, stderr } = await second.ended;
      clearTimeout(giveUp);
      if (code !== 1 || !stderr.includes('DATA_IN_USE')) throw new Error(`the second ended with ${code}: ${stderr}`);
    });
    await Promise.all([posting, ...intruding]);
    stage.print(`${INTRUDERS} more servers were refused while ${client.acknowledged().size} events came in`);
    await command(folder, ['status', '--json']);
    if (!client.done()) throw new Error('the first server did not take everything');
    await first.caughtUp();
    // Killed, it leaves the folder to the next one.
    if (random() < 0.5) await first.kill();
    else await first.end();
    const next = await serve(folder);
    await next.caughtUp();
    await next.end();
    await expectWhole(folder, input);
  },
};
