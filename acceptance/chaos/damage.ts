import { writeSync, closeSync, openSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { randomFillSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFigtree } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import type { Fault } from './fault.ts';
import { smallInput } from './input.ts';
import { REBUILD } from './rebuilds.ts';
import { serve } from './server.ts';
import { expectWhole, projectionFile, projectionNames } from './whole-folder.ts';

const PAGE_BYTES = 8192;
const TRIES_MAX = 30;
// Requests that an operator is told to repeat, because a damaged version is being rebuilt, or has just been.
const AGAIN = /SWAP_RUNNING|SHUTTING_DOWN|NOT_CAUGHT_UP|DATA_DAMAGED|CONSUMER_STOPPED/;

export const damageInRebuild: Fault = {
  name: 'damage-in-rebuild',
  apart: true,
  title:
    'a live file that is overwritten while it is rebuilt is replaced by the rebuild or by the server, and is whole',
  async play(stage) {
    const { folder, random, print } = stage;
    const input = { ...smallInput(stage), imported: [] };
    const server = await serve(folder);
    const client = chaosClient(input, random);
    const half = chaosClient({ ...input, posted: [], queues: input.queues.slice(0, 1) }, random);
    await half.post(server.url);
    await server.caughtUp();
    const name = projectionNames[Math.floor(random() * projectionNames.length)] ?? 'feed';
    const file = projectionFile(folder, name);
    const rebuild = startFigtree(folder, REBUILD);
    const afterMs = random() * 900;
    await Promise.race([sleep(afterMs), rebuild.ended]);
    const pages = scribble(file);
    print(`${basename(file)}: ${pages} pages overwritten ${Math.round(afterMs)} ms after the rebuild was begun`);
    const posting = client.post(server.url);
    let { code, stdout, stderr } = await rebuild.ended;
    for (let tries = 0; code !== 0; tries += 1) {
      print(`the rebuild ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
      if (tries === TRIES_MAX || !AGAIN.test(stdout + stderr)) throw new Error(`the rebuild fails: ${stdout}${stderr}`);
      await sleep(500);
      ({ code, stdout, stderr } = await startFigtree(folder, REBUILD).ended);
    }
    await posting;
    await server.caughtUp();
    await server.end();
    await expectWhole(folder, input, { spoilt: basename(file) });
  },
};

/** All pages but the first, from outside of the server, with nothing of them left in the WAL. */
function scribble(file: string): number {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const pages = Math.floor(statSync(file).size / PAGE_BYTES) - 1;
  const target = openSync(file, 'r+');
  writeSync(target, randomFillSync(Buffer.alloc(pages * PAGE_BYTES)), 0, undefined, PAGE_BYTES);
  closeSync(target);
  return pages;
}
