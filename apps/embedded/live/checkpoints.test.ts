import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DurableFile, openDurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import { openLogger } from '../../logger.ts';
import { openCheckpoints, startCheckpoints } from './checkpoints.ts';

const logger = openLogger({ level: 'warn', destination: 2 });
const KIB = 1024;
let folder: string;
let file: DurableFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-checkpoints-'));
  file = openDurableFile(join(folder, 'log.db'), 'CREATE TABLE note (text TEXT NOT NULL)');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function add(kib: number): Promise<void> {
  const text = 'x'.repeat(kib * KIB);
  await file.enqueue((database) => database.prepare('INSERT INTO note VALUES (?)').run(text));
}

// Bytes 12 to 16 of its header, https://www.sqlite.org/fileformat2.html#the_write_ahead_log
function timesBegunAnew(): number {
  const header = Buffer.alloc(16);
  const descriptor = openSync(`${file.path}-wal`, 'r');
  readSync(descriptor, header);
  closeSync(descriptor);
  return header.readUInt32BE(12);
}

test('begins the WAL anew beside a writer that never pauses, and loses nothing', async () => {
  let pauses = 0;
  const counting: DurableFile = {
    ...file,
    pause(work) {
      pauses += 1;
      return file.pause(work);
    },
  };
  const thread = await startCheckpoints(counting, logger, { fromBytes: 128 * KIB, anewFromBytes: 512 * KIB });
  const before = timesBegunAnew();
  let added = 0;
  // The next one waits already when one is committed.
  const ahead = [add(16)];
  while (timesBegunAnew() < before + 3) {
    ahead.push(add(16));
    await ahead.shift();
    added += 1;
  }
  await Promise.all(ahead);
  await thread.stop();
  expect(pauses).toBeGreaterThanOrEqual(3);
  expect(file.database.prepare('SELECT count(*) AS notes FROM note').get()).toEqual({ notes: added + 1 });
  expect(file.database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  await file.close();
});

test('takes up its work for whatever is written, and ends with the file', async () => {
  const close = openCheckpoints(file, logger);
  const before = timesBegunAnew();
  for (let mebibytes = 0; mebibytes < 9; mebibytes += 1) await add(KIB);
  // All was copied, and nobody writes: the next commit begins at the beginning.
  while (timesBegunAnew() === before) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await add(1);
  }
  await close();
  await file.close();
  expect(new DatabaseSync(file.path).prepare('SELECT min(length(text)) AS least FROM note').get()).toEqual({
    least: KIB,
  });
});
