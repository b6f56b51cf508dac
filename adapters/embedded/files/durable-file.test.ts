import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DurableFile, openDurableFile } from './durable-file.ts';

// A missing parent is only detected at COMMIT.
const SCHEMA = `
  CREATE TABLE note (text TEXT NOT NULL);
  CREATE TABLE parent (number INTEGER PRIMARY KEY);
  CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
`;

describe('a durable file', () => {
  let folder: string;
  let path: string;
  let file: DurableFile;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'figtree-durable-'));
    path = join(folder, 'log.db');
    file = openDurableFile(path, SCHEMA);
  });
  afterEach(async () => {
    if (file.database.isOpen) await file.close();
    rmSync(folder, { recursive: true });
  });

  const add = (text: string) =>
    file.enqueue((database) => database.prepare('INSERT INTO note VALUES (?)').run(text).lastInsertRowid);
  const addOrphan = () => file.enqueue((database) => database.exec('INSERT INTO child VALUES (404)'));
  const failure = new Error('work failed');
  const addAndFail = (text: string) =>
    file.enqueue((database) => {
      database.prepare('INSERT INTO note VALUES (?)').run(text);
      throw failure;
    });
  const notes = (database: DatabaseSync = file.database) =>
    (database.prepare('SELECT text FROM note ORDER BY rowid').all() as { text: string }[]).map(({ text }) => text);

  test('commits all work of one turn together, in the order in which it came', async () => {
    const before = file.statistics.commits;
    const texts = Array.from({ length: 200 }, (_, index) => `note ${index}`);
    // Some are enqueued immediately and some after a few promises, like requests that were read in one turn.
    const adding = texts.map(async (text, index) => {
      if (index >= 100) for (let hop = 0; hop < 10; hop += 1) await Promise.resolve();
      return add(text);
    });
    expect(await Promise.all(adding)).toEqual(texts.map((_, index) => index + 1));
    expect(file.statistics.commits - before).toBe(1);
    expect(notes()).toEqual(texts);
  });

  test('delays only its callers while another process keeps the file locked', async () => {
    const other = new DatabaseSync(path);
    let committed = false;
    const added = file.pause(async () => {
      other.exec('BEGIN IMMEDIATE');
      const adding = add('in the pause').then(() => (committed = true));
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(committed).toBe(false);
      other.exec('ROLLBACK');
      return { adding };
    });
    await (
      await added
    ).adding;
    expect(notes()).toEqual(['in the pause']);
    await expect(file.pause(async () => Promise.reject(failure))).rejects.toBe(failure);
    await add('after a pause that failed');
    other.close();
  });

  test('commits what comes later in a commit of its own', async () => {
    const before = file.statistics.commits;
    await add('a');
    await add('b');
    expect(file.statistics.commits - before).toBe(2);
  });

  test('shows nothing of it to others before the commit', async () => {
    const other = new DatabaseSync(path, { readOnly: true });
    const added = add('a');
    expect(notes(other)).toEqual([]);
    await added;
    expect(notes(other)).toEqual(['a']);
    other.close();
  });

  test('asks for an fsync at every commit', () => {
    expect(file.database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(file.database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });

  test('fails the work that throws, and none of those that came with it', async () => {
    const outcomes = await Promise.allSettled([add('a'), addAndFail('b'), add('c')]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(notes()).toEqual(['a', 'c']);
  });

  test('fails the work that cannot be committed, and none of those that came with it', async () => {
    const outcomes = await Promise.allSettled([add('a'), addOrphan(), add('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(notes()).toEqual(['a', 'b']);
    expect(file.database.prepare('SELECT * FROM child').all()).toEqual([]);
    expect(file.database.isTransaction).toBe(false);
  });

  test('takes with work that holds back what comes behind it in the same turn, and nothing else', async () => {
    const fail = () => {
      throw failure;
    };
    const hold = () => file.enqueue(fail, { isPrerequisite: true });
    const outcomes = await Promise.allSettled([add('before'), addAndFail('x'), add('between'), hold(), add('behind')]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await add('later');
    expect(notes()).toEqual(['before', 'between', 'later']);
  });

  test('reports each rollback, after it was done', async () => {
    const seen: string[][] = [];
    file.onRollback(() => seen.push(notes()));
    await add('a');
    expect(seen).toEqual([]);
    await Promise.allSettled([add('b'), addAndFail('c')]);
    // Once for the three together and once for the one at fault.
    expect(seen).toEqual([['a'], ['a', 'b']]);
  });

  test('undoes all of a work that finds no space, and continues once there is', async () => {
    const pages = (file.database.prepare('PRAGMA page_count').get() as { page_count: number }).page_count;
    file.database.exec(`PRAGMA max_page_count = ${pages}`);
    const outcomes = await Promise.allSettled([add('small'), add('x'.repeat(100_000))]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'STORAGE_FULL', retryable: true } },
    ]);
    expect(notes()).toEqual(['small']);
    file.database.exec('PRAGMA max_page_count = 100000');
    await add('x'.repeat(100_000));
    expect(notes()).toHaveLength(2);
  });

  test('reports that another connection keeps it locked, and continues afterwards', async () => {
    file.database.exec('PRAGMA busy_timeout = 0');
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(add('a')).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
    other.exec('ROLLBACK');
    other.close();
    await add('b');
    expect(notes()).toEqual(['b']);
  });

  test('commits what waits when it is closed, and takes nothing afterwards', async () => {
    const waiting = [add('a'), add('b')];
    await file.close();
    expect(await Promise.all(waiting)).toEqual([1, 2]);
    await expect(add('c')).rejects.toThrow('closed');
    file = openDurableFile(path, SCHEMA);
    expect(notes()).toEqual(['a', 'b']);
  });

  test('refuses a file of a newer format and one that is no database', async () => {
    file.database.exec('PRAGMA user_version = 1000');
    await file.close();
    expect(() => openDurableFile(path, SCHEMA)).toThrow(expect.objectContaining({ code: 'DATA_NEWER' }));
    writeFileSync(path, 'this is no database, and longer than its header would be. '.repeat(20));
    expect(() => openDurableFile(path, SCHEMA)).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }));
  });

  test('leaves nothing of a schema that could not be made', () => {
    const other = join(folder, 'other.db');
    expect(() => openDurableFile(other, 'CREATE TABLE a (b); CREATE TABLE a (b);')).toThrow('already exists');
    const made = openDurableFile(other, SCHEMA);
    expect(made.database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'a'").get()).toEqual({
      tables: 0,
    });
    return made.close();
  });
});
