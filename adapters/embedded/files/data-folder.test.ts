import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectionNames } from '../../../apps/projections/registry.ts';
import { dataFolder, existingDataFolder, lockDataFolder } from './data-folder.ts';

describe('a data folder', () => {
  let root: string;
  let path: string;
  let holder: ChildProcess | undefined;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'figtree-folder-'));
    path = join(root, 'data');
  });
  afterEach(async () => {
    await killHolder();
    rmSync(root, { recursive: true });
  });

  /** Another process that locks the folder until it is killed. */
  async function startHolder(flags: readonly string[] = [], work = ''): Promise<number> {
    const module = new URL('data-folder.ts', import.meta.url).href;
    const script = `
      const { lockDataFolder } = await import(${JSON.stringify(module)});
      lockDataFolder(${JSON.stringify(path)});
      ${work}
      console.log('locked');
      setInterval(() => {}, 60_000);
    `;
    holder = spawn(process.execPath, [...flags, '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (holder.stdout === null || holder.pid === undefined) throw new Error('no process was started');
    await once(holder.stdout, 'data');
    return holder.pid;
  }

  async function killHolder(): Promise<void> {
    if (holder === undefined) return;
    const exited = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exited;
    holder = undefined;
  }

  const inUse = (details: object) => expect.objectContaining({ code: 'DATA_IN_USE', retryable: true, details });

  test('is made for its owner alone when it is locked', () => {
    const folder = lockDataFolder(join(path, 'deeper'));
    expect(statSync(join(path, 'deeper')).mode & 0o777).toBe(0o700);
    expect(folder.log).toBe(join(path, 'deeper', 'log.db'));
    expect(folder.projection('feed')).toBe(join(path, 'deeper', 'feed.db'));
    folder.unlock();
  });

  test('names the process that has it', async () => {
    const pid = String(await startHolder());
    expect(() => lockDataFolder(path)).toThrow(inUse({ path, pid }));
    expect(() => lockDataFolder(path)).toThrow(`process ${pid}`);
  });

  test('is free again once its process was killed', async () => {
    await startHolder();
    await killHolder();
    const folder = lockDataFolder(path);
    expect(readFileSync(join(path, 'holder.pid'), 'utf8').trim()).toBe(String(process.pid));
    folder.unlock();
  });

  test('goes to another process once it is unlocked', async () => {
    const folder = lockDataFolder(path);
    folder.unlock();
    expect(existsSync(join(path, 'holder.pid'))).toBe(false);
    await startHolder();
    expect(() => lockDataFolder(path)).toThrow(inUse(expect.anything()));
  });

  test('is locked once within a process too, and stays locked after a refusal', async () => {
    const folder = lockDataFolder(path);
    for (let time = 0; time < 3; time += 1) {
      expect(() => lockDataFolder(path)).toThrow(inUse({ path, pid: String(process.pid) }));
    }
    // Closing any descriptor of a locked file releases POSIX locks; the refusals above must not have done that.
    const outside = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `const { lockDataFolder } = await import(${JSON.stringify(new URL('data-folder.ts', import.meta.url).href)});
       lockDataFolder(${JSON.stringify(path)});`,
    ]);
    const [code] = await once(outside, 'exit');
    expect(code).toBe(1);
    folder.unlock();
  });

  test('stays locked when the lock is no longer referenced', async () => {
    // The garbage collector runs early if memory is allocated in a process with a small heap.
    await startHolder(['--max-old-space-size=64'], 'for (let i = 0; i < 300; i += 1) Buffer.alloc(1_000_000).fill(i);');
    for (let time = 0; time < 3; time += 1) expect(() => lockDataFolder(path)).toThrow(inUse(expect.anything()));
  });

  test('is refused without a name if the holder left none', async () => {
    await startHolder();
    writeFileSync(join(path, 'holder.pid'), '');
    expect(() => lockDataFolder(path)).toThrow(inUse({ path }));
    rmSync(join(path, 'holder.pid'));
    expect(() => lockDataFolder(path)).toThrow('another process');
  });

  test('is refused where no folder can be made, and where the lock is no database', () => {
    writeFileSync(path, 'a file');
    expect(() => lockDataFolder(path)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }));
    rmSync(path);
    lockDataFolder(path).unlock();
    writeFileSync(join(path, 'lock.db'), 'this is no database, and longer than its header would be. '.repeat(20));
    expect(() => lockDataFolder(path)).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }));
  });

  test('exists for readers once a writer has made all of its files', () => {
    const missing = expect.objectContaining({ code: 'DATA_MISSING', details: expect.objectContaining({ path }) });
    expect(() => existingDataFolder(path, projectionNames)).toThrow(missing);
    lockDataFolder(path).unlock();
    expect(() => existingDataFolder(path, projectionNames)).toThrow(missing);
    const folder = dataFolder(path);
    const files = [folder.log, ...projectionNames.map((name) => folder.projection(name))];
    for (const file of files) {
      writeFileSync(file, '');
      expect(() => existingDataFolder(path, projectionNames)).toThrow(missing);
    }
    for (const file of files) {
      expect(() => existingDataFolder(path, projectionNames)).toThrow(missing);
      const database = new DatabaseSync(file);
      database.exec('CREATE TABLE t (a)');
      database.close();
    }
    expect(existingDataFolder(path, projectionNames).log).toBe(folder.log);
  });

  test('does not exist for readers if its writer was killed while it made a file', async () => {
    lockDataFolder(path).unlock();
    const folder = dataFolder(path);
    const files = [folder.log, ...projectionNames.map((name) => folder.projection(name))];
    // A transaction that is larger than the cache has been written in part when the process ends.
    const script = `
      const { DatabaseSync } = await import('node:sqlite');
      for (const file of ${JSON.stringify(files)}) {
        const database = new DatabaseSync(file);
        database.exec('PRAGMA cache_size = 1; CREATE TABLE t (a); BEGIN');
        for (let row = 0; row < 500; row += 1) database.exec("INSERT INTO t VALUES (hex(zeroblob(500)))");
      }
      process.kill(process.pid, 'SIGKILL');
    `;
    await once(spawn(process.execPath, ['--input-type=module', '--eval', script]), 'exit');
    expect(existsSync(`${folder.log}-journal`)).toBe(true);
    expect(() => existingDataFolder(path, projectionNames)).toThrow(expect.objectContaining({ code: 'DATA_MISSING' }));
  });
});
