import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDurableFile } from '../files/durable-file.ts';
import { openProjectionFile } from './file.ts';
import { removeOtherVersions } from './scrubbing.ts';
import { unregisteredFiles } from './unregistered.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-unregistered-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function fill(): Promise<void> {
  for (const name of ['feed', 'feed-2', 'activity', 'activity-20261125']) {
    const schema = 'CREATE TABLE IF NOT EXISTS said (text TEXT)';
    openProjectionFile({ path: join(folder, `${name}.db`), version: 1, schema }).close();
  }
  await openDurableFile(join(folder, 'log.db'), 'CREATE TABLE IF NOT EXISTS event (id TEXT)').close();
  writeFileSync(join(folder, 'notes.db'), 'no database');
  writeFileSync(join(folder, 'empty.db'), '');
}

test('files of a removed projection are recognised by their content', async () => {
  await fill();
  expect(unregisteredFiles(folder, ['feed']).toSorted()).toEqual(['activity-20261125.db', 'activity.db']);
  expect(unregisteredFiles(folder, ['feed', 'activity'])).toEqual([]);
});

test('an erasure removes them with the versions that are not live', async () => {
  await fill();
  const removed = ['activity-20261125.db', 'activity.db', 'feed-2.db'].map((file) => join(folder, file));
  expect(removeOtherVersions(folder, ['feed']).toSorted()).toEqual(removed);
  for (const path of removed) expect(existsSync(path)).toBe(false);
  for (const file of ['feed.db', 'log.db', 'notes.db']) expect(existsSync(join(folder, file))).toBe(true);
});
