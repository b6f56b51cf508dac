import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReadingMoments, type ReadingMoments } from './reading-moments.ts';

let folder: string;
let writer: DatabaseSync;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-moments-'));
  writer = new DatabaseSync(join(folder, 'any.db'));
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE value (value INTEGER); INSERT INTO value VALUES (0)');
  database = new DatabaseSync(join(folder, 'any.db'), { readOnly: true });
});
afterEach(() => {
  database.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

const commit = (value: number) => writer.exec(`UPDATE value SET value = ${value}`);
const value = () => (database.prepare('SELECT value FROM value').get() as { value: number }).value;
const turnEnds = () => new Promise((resolve) => setImmediate(resolve));

/** The results of two reads of one moment with a commit of the writer between them. */
function readTwice(moments: ReadingMoments, next: number): [number, number] {
  return moments.read(() => {
    const first = value();
    commit(next);
    return [first, value()];
  });
}

test('what is read together is of one moment, and each moment is a new one', () => {
  const moments = openReadingMoments(database);
  expect(readTwice(moments, 1)).toEqual([0, 0]);
  expect(readTwice(moments, 2)).toEqual([1, 1]);
  moments.end();
});

test('the reads of one turn share a moment until the checkpoint moves', async () => {
  let position = 1;
  const moments = openReadingMoments(database, { position: () => position });
  expect(readTwice(moments, 1)).toEqual([0, 0]);
  expect(moments.read(value)).toBe(0);
  position = 2;
  expect(readTwice(moments, 2)).toEqual([1, 1]);
  await turnEnds();
  expect(moments.read(value)).toBe(2);
  moments.end();
});

test('no moment outlasts its turn: the writer can empty its log', async () => {
  const moments = openReadingMoments(database, { position: () => 1 });
  moments.read(value);
  commit(1);
  await turnEnds();
  expect(writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
});

test('a read that fails ends nothing for those after it', async () => {
  const moments = openReadingMoments(database, { position: () => 1 });
  expect(() =>
    moments.read(() => {
      throw new Error('of the reader');
    }),
  ).toThrow('of the reader');
  expect(moments.read(value)).toBe(0);
  await turnEnds();
  commit(1);
  expect(moments.read(value)).toBe(1);
  moments.end();
});

test('a cache is notified at the beginning of each snapshot, inside of it', async () => {
  const found: number[] = [];
  const moments = openReadingMoments(database, { position: () => 1, begun: () => void found.push(value()) });
  expect(readTwice(moments, 1)).toEqual([0, 0]);
  expect(moments.read(value)).toBe(0);
  expect(found).toEqual([0]);
  await turnEnds();
  expect(moments.read(value)).toBe(1);
  expect(found).toEqual([0, 1]);
  moments.end();
});

test('if that fails, nothing is read in its moment, and the next read tries again', () => {
  let failing = true;
  const begun = () => {
    if (failing) throw new Error('cannot begin');
  };
  const moments = openReadingMoments(database, { position: () => 1, begun });
  expect(() => moments.read(value)).toThrow('cannot begin');
  commit(1);
  failing = false;
  expect(moments.read(value)).toBe(1);
  moments.end();
});
