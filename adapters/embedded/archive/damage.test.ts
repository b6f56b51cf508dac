import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { openArchiveFolder } from './folder.ts';
import { rewriteArchive } from './rewriting.ts';
import { restoreArchive } from './restoring.ts';
import { openArchiveSource } from './source.ts';
import { trimOneFile } from './trimming.ts';
import { verifyArchive } from './verifying.ts';
import { writeArchive } from './writing.ts';
import { lockDataFolder } from '../files/data-folder.ts';
import { type LogFile, openLogFile } from '../log/log-file.ts';
import { openLogWithArchive } from './log-with-archive.ts';
import { openSqlite } from '../files/sqlite.ts';
import { openSqliteEventLogReader } from '../log/event-log-reader.ts';
import { projectionNames } from '../../../apps/projections/registry.ts';

const signal = new AbortController().signal;
const onProgress = () => {};

let root: string;
let file: LogFile;
const data = () => join(root, 'data');
const archive = () => openArchiveFolder(join(root, 'archive'));
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'figtree-damage-'));
  lockDataFolder(data()).unlock();
  file = openLogFile(join(data(), 'log.db'));
  for (const count of [3, 4, 2]) await appendAndArchive(count);
});
afterEach(async () => {
  await file.close();
  rmSync(root, { recursive: true });
});

async function appendAndArchive(count: number): Promise<void> {
  await file.log.append(Array.from({ length: count }, () => sampleEvent()));
  await archiveTo('archive');
}

async function archiveTo(name: string): Promise<void> {
  const source = await openArchiveSource(data());
  try {
    await writeArchive({ ...source, archive: openArchiveFolder(join(root, name)), signal, onProgress });
  } finally {
    source.close();
  }
}

const eventFiles = () =>
  readdirSync(join(root, 'archive'))
    .filter((name) => name.startsWith('events-'))
    .toSorted();

/** Changes the text of a file of the archive; returns its name. */
function spoil(index: number, change: (text: string) => string): string {
  const name = eventFiles()[index] ?? '';
  const path = join(root, 'archive', name);
  writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(path)).toString())));
  return name;
}

async function restore(): Promise<unknown> {
  const folder = lockDataFolder(join(root, 'restored'));
  try {
    return await restoreArchive({ folder, archive: archive(), projections: projectionNames, signal, onProgress });
  } finally {
    folder.unlock();
  }
}

describe('an archive of which a file was changed', () => {
  test.each([
    ['has another text in it', (text: string) => text.replace('text', 'tixt')],
    ['has lost a line', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['is empty', () => ''],
  ])('is told by its name when it %s', async (_, change) => {
    const name = spoil(1, change);
    expect(await verifyArchive({ archive: archive(), signal, onProgress })).toMatchObject({ faults: [{ file: name }] });
    await expect(restore()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED', message: expect.stringContaining(name) });
    expect(readdirSync(join(root, 'restored')).filter((left) => left.startsWith('log.db'))).toEqual([]);
  });

  test('trims nothing that it does not hold, and says which file it is', async () => {
    const name = spoil(1, (text) => text.replace('text', 'tixt'));
    expect(await trimOneFile(file, archive(), Infinity)).toMatchObject({ trimmed: 3, first: 4, done: false });
    const damaged = { code: 'ARCHIVE_DAMAGED', message: expect.stringContaining(name) };
    await expect(trimOneFile(file, archive(), Infinity)).rejects.toMatchObject(damaged);
    expect(file.log.firstPosition()).toBe(4);
  });

  test('trims nothing that says something else than the log, although every digest is right', async () => {
    spoil(0, (text) => text.replace('text', 'tixt'));
    const manifest = JSON.parse(readFileSync(join(root, 'archive', 'manifest.json'), 'utf8'));
    const name = eventFiles()[0] ?? '';
    const content = readFileSync(join(root, 'archive', name));
    const { hash } = await import('node:crypto');
    manifest.bytes += content.length - manifest.files[0].bytes;
    Object.assign(manifest.files[0], { bytes: content.length, sha256: hash('sha256', content) });
    writeFileSync(join(root, 'archive', 'manifest.json'), JSON.stringify(manifest));
    await expect(trimOneFile(file, archive(), Infinity)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(file.log.firstPosition()).toBe(1);
  });
});

describe('a log that was trimmed', () => {
  const trimAll = async (upTo = Infinity) => {
    while (!(await trimOneFile(file, archive(), upTo)).done);
  };

  test('keeps its newest event, and what is beyond what may go', async () => {
    await trimAll(5);
    expect(file.log.firstPosition()).toBe(6);
    await trimAll();
    expect(file.log.firstPosition()).toBe(9);
    expect(await file.log.head()).toBe(9);
  });

  test('tells who reads what is no longer there where it begins, and where the rest is', async () => {
    await trimAll();
    const reader = openSqliteEventLogReader(join(data(), 'log.db'));
    const archived = { code: 'EVENTS_ARCHIVED', details: { first: 9, archive: archive().place } };
    await expect(reader.read({ after: 0, limit: 10 })).rejects.toMatchObject(archived);
    await expect(reader.read({ after: 7, limit: 10, types: ['followed'] })).rejects.toMatchObject(archived);
    expect((await reader.read({ after: 8, limit: 10 })).events).toHaveLength(1);
    expect((await reader.read({ after: 9, limit: 10 })).events).toEqual([]);
    expect(await reader.readFlow('no flow', 10)).toEqual([]);
    await reader.close();
  });

  test('is still archived to the same folder, and to no other', async () => {
    await trimAll();
    await appendAndArchive(3);
    expect(await archive().manifest()).toMatchObject({ lastPosition: 12 });
    await expect(archiveTo('new')).rejects.toMatchObject({ code: 'EVENTS_ARCHIVED' });
  });

  test('says which archive it needs when that has gone', async () => {
    await trimAll();
    rmSync(join(root, 'archive'), { recursive: true });
    const reader = openLogWithArchive({ logPath: join(data(), 'log.db') });
    const message = expect.stringContaining(archive().place);
    await expect(reader.read({ after: 0, limit: 10 })).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED', message });
    await reader.close();
  });

  test('is told where its archive has been moved to', async () => {
    await trimAll();
    renameSync(join(root, 'archive'), join(root, 'moved'));
    await trimOneFile(file, openArchiveFolder(join(root, 'moved')), Infinity);
    const reader = openLogWithArchive({ logPath: join(data(), 'log.db') });
    expect((await reader.read({ after: 0, limit: 10 })).events).toHaveLength(9);
    await reader.close();
  });
});

describe('an archive', () => {
  test('is refused by another log, and by this one after it lost events', async () => {
    const other = join(root, 'other');
    lockDataFolder(other).unlock();
    const otherFile = openLogFile(join(other, 'log.db'));
    await otherFile.log.append([sampleEvent()]);
    const source = await openArchiveSource(other);
    const run = writeArchive({ ...source, archive: archive(), signal, onProgress });
    await expect(run).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    source.close();
    await expect(trimOneFile(otherFile, archive(), Infinity)).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    await otherFile.close();
    const reader = openLogWithArchive({ logPath: join(other, 'log.db'), archive: archive().place });
    await expect(reader.read({ after: 0, limit: 1 })).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    await reader.close();

    await restore();
    const restored = openLogFile(join(root, 'restored', 'log.db'));
    await restored.log.append([sampleEvent()]);
    await restored.close();
    await appendAndArchive(1);
    const again = await openArchiveSource(join(root, 'restored'));
    const diverged = writeArchive({ ...again, archive: archive(), signal, onProgress });
    await expect(diverged).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    again.close();
  });

  test('is not written into a folder that holds something else, nor by two at a time', async () => {
    writeFileSync(join(root, 'letter.txt'), '');
    await expect(archiveTo('.')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const source = await openArchiveSource(data());
    await expect(archiveTo('archive')).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    source.close();
  });

  test('is rewritten where a person has to go from it, stays whole, and is trimmed to as before', async () => {
    const [plain, erased] = ['"text 1"', '"gone"'];
    const change = (_type: string, _version: number, text: string) => text.replace(plain, erased);
    const before = await archive().manifest();
    expect(await rewriteArchive({ archive: archive(), naming: 'nobody', change })).toBe(0);
    expect(await archive().manifest()).toEqual(before);
    expect(await rewriteArchive({ archive: archive(), naming: plain, change })).toBe(9);
    const verdict = await verifyArchive({ archive: archive(), signal, onProgress });
    expect(verdict).toMatchObject({ faults: [], unnamed: [], events: 9 });
    const texts = eventFiles().map((name) => gunzipSync(readFileSync(join(root, 'archive', name))).toString());
    expect(texts.join('').split(erased)).toHaveLength(10);
    expect(texts.join('')).not.toContain(plain);
    // The log differs as long as it was not erased there too.
    await expect(trimOneFile(file, archive(), Infinity)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    const log = openSqlite(join(data(), 'log.db'), { synchronous: 'FULL', cacheMiB: 1, autocheckpointMiB: 0 });
    log.prepare('UPDATE event SET data = replace(data, ?, ?)').run(plain, erased);
    log.close();
    expect(await trimOneFile(file, archive(), Infinity)).toMatchObject({ trimmed: 3 });
  });

  test('is read on while its files are rewritten under other names', async () => {
    const log = openLogWithArchive({ logPath: join(data(), 'log.db'), archive: join(root, 'archive') });
    const first = await log.read({ after: 0, limit: 1 });
    const change = (_type: string, _version: number, text: string) =>
      JSON.stringify({ ...JSON.parse(text), changed: 1 });
    await rewriteArchive({ archive: archive(), naming: '', change });
    const rest = await log.read({ after: first.position, limit: 100 });
    expect(rest.events.map(({ position }) => position)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rest.events.at(-1)?.data).toMatchObject({ changed: 1 });
    await log.close();
  });

  test('is restored into no folder that holds anything', async () => {
    await restore();
    await expect(restore()).rejects.toMatchObject({ code: 'DATA_NOT_EMPTY' });
  });
});
