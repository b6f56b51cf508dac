import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parkingLotContract } from '../../../ports/contracts/parking-lot.contract.ts';
import { unitOfWorkContract } from '../../../ports/contracts/unit-of-work.contract.ts';
import { openProjectionFile } from './file.ts';
import { openProjectionProgress } from './progress.ts';
import type { UnitOfWorkUnderTest } from '../../../ports/contracts/unit-of-work-histories.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS pair (name TEXT PRIMARY KEY, value INTEGER NOT NULL);';

const open = async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-unit-')));
unitOfWorkContract(open);
parkingLotContract(open);

function openIn(folder: string): UnitOfWorkUnderTest {
  const path = join(folder, 'unit.db');
  const file = openProjectionFile({ path, version: 3, schema: SCHEMA });
  const { database } = file;
  const put = database.prepare('INSERT OR REPLACE INTO pair VALUES (?, ?)');
  // Every other row is buffered in memory, as the entries of the feed are.
  const waiting = new Map<string, number>();
  file.onTransaction({
    flush() {
      for (const [name, value] of waiting) put.run(name, value);
      waiting.clear();
    },
    forget: () => waiting.clear(),
  });
  const reader = openProjectionProgress(path);
  const outside = new DatabaseSync(path, { readOnly: true });
  const rows = outside.prepare('SELECT name, value FROM pair');
  const close = () => {
    outside.close();
    reader.close();
    file.close();
  };
  return {
    unit: file,
    write(name, value) {
      if (value % 2 === 0) waiting.set(name, value);
      else {
        waiting.delete(name);
        put.run(name, value);
      }
    },
    seen() {
      const { position: checkpoint, parked } = reader.progress();
      const found = rows.all() as { name: string; value: number }[];
      return { rows: Object.fromEntries(found.map(({ name, value }) => [name, value])), checkpoint, parked };
    },
    stepsOf: (correlationId) => reader.stepsOf(correlationId, Infinity),
    fill() {
      const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
      database.exec(`PRAGMA max_page_count = ${pages}`);
      return () => database.exec('PRAGMA max_page_count = 1000000');
    },
    async reopen() {
      close();
      return openIn(folder);
    },
    async remove() {
      close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('a projection file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'figtree-projection-'));
    path = join(folder, 'projection.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function makeVersion(version: number): Promise<void> {
    const file = openProjectionFile({ path, version, schema: SCHEMA });
    await file.commit(async () => {
      file.database.exec("INSERT INTO pair VALUES ('a', 1)");
      return 5;
    });
    file.close();
  }

  test('begins anew with a file of an older version, whatever its tables were', async () => {
    await makeVersion(2);
    const schema = 'CREATE TABLE IF NOT EXISTS pair (other TEXT); CREATE INDEX IF NOT EXISTS i ON pair (other);';
    const file = openProjectionFile({ path, version: 3, schema });
    expect(file.checkpoint()).toBe(0);
    expect(file.database.prepare('SELECT other FROM pair').all()).toEqual([]);
    file.close();
    const reader = openProjectionProgress(path);
    expect(reader.progress()).toEqual({ position: 0, version: 3, parked: 0 });
    reader.close();
  });

  test('leaves a file of a newer version as it is', async () => {
    await makeVersion(4);
    expect(() => openProjectionFile({ path, version: 3, schema: SCHEMA })).toThrow(
      expect.objectContaining({ code: 'DATA_NEWER' }),
    );
    const file = openProjectionFile({ path, version: 4, schema: SCHEMA });
    expect(file.checkpoint()).toBe(5);
    file.close();
  });

  test('names a file that is no database', () => {
    const text = 'this is no database, and longer than its header would be. '.repeat(20);
    writeFileSync(path, text);
    expect(() => openProjectionFile({ path, version: 3, schema: SCHEMA })).toThrow(
      expect.objectContaining({ code: 'DATA_DAMAGED' }),
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('names a file that cannot be made', () => {
    const nowhere = join(folder, 'no folder', 'projection.db');
    expect(() => openProjectionFile({ path: nowhere, version: 3, schema: SCHEMA })).toThrow(
      expect.objectContaining({ code: 'STORAGE_FAILED' }),
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  test('does not move its checkpoint when the transaction was lost without an error', async () => {
    const file = openProjectionFile({ path, version: 3, schema: SCHEMA });
    const lost = file.commit(async () => {
      file.database.exec("INSERT INTO pair VALUES ('a', 1)");
      // As SQLite does by itself when the disk is full.
      file.database.exec('ROLLBACK');
      return 5;
    });
    await expect(lost).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(file.checkpoint()).toBe(0);
    file.close();
  });

  test('says when another connection keeps it locked', async () => {
    const file = openProjectionFile({ path, version: 3, schema: SCHEMA });
    file.database.exec('PRAGMA busy_timeout = 0');
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(file.commit(async () => 5)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    other.exec('ROLLBACK');
    await file.commit(async () => 6);
    expect(file.checkpoint()).toBe(6);
    other.close();
    file.close();
  });

  test('keeps the newest steps of traced flows, and not all that ever were', async () => {
    const file = openProjectionFile({ path, version: 3, schema: SCHEMA });
    const step = { consumer: 'c', at: '2016-02-22T07:02:00.000Z', durationUs: 1 };
    const steps = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => ({ ...step, position: from + index, correlationid: 'flow' }));
    for (let from = 1; from <= 150_000; from += 50_000) {
      await file.commit(async () => {
        file.recordSteps(steps(from, from + 50_000));
        return from;
      });
    }
    const reader = openProjectionProgress(path);
    const kept = reader.stepsOf('flow', Infinity).map(({ position }) => position);
    expect(reader.stepsOf('flow', 50_002).map(({ position }) => position)).toEqual([50_001, 50_002]);
    expect(kept).toHaveLength(100_000);
    expect([kept[0], kept.at(-1)]).toEqual([50_001, 150_000]);
    reader.close();
    file.close();
  });
});
