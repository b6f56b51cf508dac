import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ArchiveManifest, LogArchive } from '../log-archive.ts';

export interface LogArchiveUnderTest {
  readonly archive: LogArchive;
  /** The archive as another process sees it. */
  open(): LogArchive;
  /** Overwrites the manifest with a text. */
  spoilManifest(text: string): Promise<void>;
  remove(): Promise<void>;
}

const SHA = 'a'.repeat(64);
const NAME = 'events-2016-02-22-000000000001.ndjson.gz';
const file = {
  name: NAME,
  day: '2016-02-22',
  firstPosition: 1,
  lastPosition: 3,
  events: 3,
  firstRecordedtime: '2016-02-22T07:02:00.000Z',
  lastRecordedtime: '2016-02-22T07:02:01.000Z',
  bytes: 10,
  sha256: SHA,
};
const manifest: ArchiveManifest = {
  format: 1,
  writtenBy: 'figtree archive',
  log: 'a log',
  lastPosition: 3,
  events: 3,
  bytes: 15,
  files: [file],
  tables: {
    position: 3,
    files: [{ name: 'quarantine-1-ab.ndjson.gz', table: 'quarantine', rows: 1, bytes: 5, sha256: SHA }],
  },
};

/** The behaviour of every archive. `open` returns an empty one. */
export function logArchiveContract(open: () => Promise<LogArchiveUnderTest>): void {
  describe('an archive', () => {
    let subject: LogArchiveUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());
    const bytes = (text: string) => new TextEncoder().encode(text);

    test('begins without anything', async () => {
      expect(await subject.archive.manifest()).toBeUndefined();
      expect(await subject.archive.list()).toEqual([]);
    });

    test('returns nothing that does not have the expected size', async () => {
      await subject.archive.put(NAME, bytes('four'));
      expect((await subject.archive.get(NAME, 4)).length).toBe(4);
      for (const size of [0, 3, 5])
        await expect(subject.archive.get(NAME, size), String(size)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    });

    test('returns what was put, to others as well, and replaces what has the same name', async () => {
      await subject.archive.put(NAME, bytes('first'));
      await subject.archive.put(NAME, bytes('second'));
      await subject.archive.put('empty.ndjson.gz', bytes(''));
      expect(new TextDecoder().decode(await subject.open().get(NAME))).toBe('second');
      expect((await subject.archive.get('empty.ndjson.gz')).length).toBe(0);
      expect((await subject.open().list()).toSorted()).toEqual(['empty.ndjson.gz', NAME]);
    });

    test('names the file that is not there', async () => {
      const missing = { code: 'ARCHIVE_DAMAGED', message: expect.stringContaining(NAME) };
      await expect(subject.archive.get(NAME)).rejects.toMatchObject(missing);
    });

    test('removes a file, and one that is not there as well', async () => {
      await subject.archive.put(NAME, bytes('x'));
      await subject.archive.remove(NAME);
      await subject.archive.remove(NAME);
      expect(await subject.archive.list()).toEqual([]);
    });

    test('replaces its manifest, which is none of its files', async () => {
      await subject.archive.replaceManifest({ ...manifest, log: 'another' });
      await subject.archive.replaceManifest(manifest);
      expect(await subject.open().manifest()).toEqual(manifest);
      expect(await subject.archive.list()).toEqual([]);
    });

    const without = { ...manifest, bytes: 5, lastPosition: 0, events: 0, files: [] };
    const spoilt: [string, string][] = [
      ['is no JSON', '{"format":1'],
      ['is something else', '{}'],
      ['is an array', '[]'],
      ['has a gap before a file', JSON.stringify({ ...manifest, files: [{ ...file, firstPosition: 2, events: 2 }] })],
      ['counts its events wrongly', JSON.stringify({ ...manifest, files: [{ ...file, events: 2 }] })],
      ['ends elsewhere than its files', JSON.stringify({ ...manifest, lastPosition: 4 })],
      ['sums up its events wrongly', JSON.stringify({ ...manifest, events: 4 })],
      ['sums up its bytes wrongly', JSON.stringify({ ...manifest, bytes: 16 })],
      ['leads out of the archive', JSON.stringify({ ...manifest, files: [{ ...file, name: '../x.ndjson.gz' }] })],
      ['names no digest', JSON.stringify({ ...manifest, files: [{ ...file, sha256: 'x' }] })],
      ['knows of no tables', JSON.stringify({ ...without, tables: undefined })],
      ['names a table that is none', JSON.stringify(manifest).replace('"table":"quarantine"', '"table":"event"')],
    ];
    test.each(spoilt)('refuses a manifest that %s', async (_, text) => {
      await subject.archive.replaceManifest(manifest);
      await subject.spoilManifest(text);
      await expect(subject.archive.manifest()).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    });

    test('refuses a manifest of a format to come', async () => {
      await subject.archive.replaceManifest(manifest);
      await subject.spoilManifest(JSON.stringify({ ...manifest, format: 2 }));
      await expect(subject.archive.manifest()).rejects.toMatchObject({ code: 'DATA_NEWER' });
    });
  });
}
