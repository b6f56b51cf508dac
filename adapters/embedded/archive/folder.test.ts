import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logArchiveContract } from '../../../ports/contracts/log-archive.contract.ts';
import { openArchiveFolder } from './folder.ts';

logArchiveContract(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-archive-'));
  const path = join(folder, 'to be made', 'archive');
  return {
    archive: openArchiveFolder(path),
    open: () => openArchiveFolder(path),
    spoilManifest: async (text) => writeFileSync(join(path, 'manifest.json'), text),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

test('makes no folder before something is put into it, and leaves no part of a file behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-archive-'));
  const path = join(folder, 'archive');
  const archive = openArchiveFolder(path);
  await archive.manifest();
  expect(existsSync(path)).toBe(false);
  await archive.put('a.ndjson.gz', new Uint8Array(3));
  expect(readdirSync(path)).toEqual(['a.ndjson.gz']);
  rmSync(folder, { recursive: true });
});

test('says what the system says where nothing can be written or read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-archive-'));
  writeFileSync(join(folder, 'file'), '');
  const below = openArchiveFolder(join(folder, 'file', 'archive'));
  await expect(below.put('a.ndjson.gz', new Uint8Array(3))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  const onFile = openArchiveFolder(join(folder, 'file'));
  await expect(onFile.list()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(onFile.manifest()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  rmSync(folder, { recursive: true });
});
