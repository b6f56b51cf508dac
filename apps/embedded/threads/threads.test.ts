import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogger } from '../../logger.ts';
import { startThread, type Thread } from './threads.ts';

// A thread that gives back what it is sent, dies when it is told to, and does not start while there is a file `broken`.

let folder: string;
let thread: Thread;
let answers: unknown[];
let lines: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-threads-'));
  writeFileSync(
    join(folder, 'echo.mjs'),
    `import { existsSync } from 'node:fs';
     import { parentPort, workerData } from 'node:worker_threads';
     if (existsSync(workerData.broken)) throw new Error('broken');
     parentPort.on('message', (message) => {
       if (message === 'stop') parentPort.close();
       else if (message === 'die') throw new Error('died');
       else if (message === 'end') process.exit();
       else parentPort.postMessage(message);
     });
     parentPort.postMessage('open');`,
  );
  answers = [];
  lines = [];
  const logger = openLogger({ level: 'error', destination: { write: (line: string) => void lines.push(line) } });
  thread = await startThread(new URL(`file://${join(folder, 'echo.mjs')}`), { broken: join(folder, 'broken') }, logger);
  thread.onMessage((message) => answers.push(message));
});

afterEach(async () => {
  await thread.stop();
  rmSync(folder, { recursive: true });
});

const death = () => new Promise<unknown>((resolve) => thread.onDeath(resolve));

test('one that dies is started again, and who waits for that is heard', async () => {
  const died = death();
  thread.post('die');
  expect(await died).toMatchObject({ message: 'died' });
  await thread.opened();
  thread.post('are you there?');
  await expect.poll(() => answers).toEqual(['are you there?']);
  expect(lines).toHaveLength(1);
});

test('one that ends without an error and without being told is started again as well', async () => {
  const died = death();
  thread.post('end');
  expect(await died).toMatchObject({ message: 'echo.mjs ended unexpectedly with code 0' });
  await thread.opened();
  thread.post('are you there?');
  await expect.poll(() => answers).toEqual(['are you there?']);
});

test('one that cannot be started is tried until it can, and who waits hears of each failure', async () => {
  const broken = join(folder, 'broken');
  writeFileSync(broken, '');
  const died = death();
  thread.post('die');
  await died;
  await expect(thread.opened()).rejects.toThrow('broken');
  expect(existsSync(broken)).toBe(true);
  rmSync(broken);
  await thread.opened();
  thread.post('and now?');
  await expect.poll(() => answers).toEqual(['and now?']);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'thread died',
    'thread cannot be restarted yet',
  ]);
});

test('one that is stopped while it is dead stays dead', async () => {
  const died = death();
  thread.post('die');
  await died;
  const opened = thread.opened();
  await thread.stop();
  await expect(opened).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});
