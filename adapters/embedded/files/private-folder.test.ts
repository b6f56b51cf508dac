import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataFolder } from './data-folder.ts';
import { openLogFile } from '../log/log-file.ts';
import { openPersonKeys } from '../keys/person-keys.ts';

let folder: string;
let umask: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-private-'));
  umask = process.umask(0o022);
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});
const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o777;

describe.skipIf(process.platform === 'win32')('a data folder that was there before', () => {
  test('gets files for their owner alone, whatever the umask is', async () => {
    chmodSync(folder, 0o755);
    const locked = lockDataFolder(folder);
    const keys = openPersonKeys(join(folder, 'keys.db'));
    keys.seal('a'.repeat(24), 'x', 'somewhere');
    keys.save();
    const file = openLogFile(locked.log);
    await file.quarantine.add([{ door: 'events', origin: 'x', problem: { code: 'NOT_JSON', message: 'm' }, raw: 'x' }]);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['keys.db', 'keys.db-wal', 'log.db', 'log.db-wal', 'lock.db']),
    );
    expect(readdirSync(folder).filter((name) => (modeOf(name) & 0o077) !== 0)).toEqual([]);
    expect(locked.exposed).toContain('other users can enter');
    await file.close();
    keys.close();
    locked.unlock();
  });

  test('has the rights of others taken from what Figtree wrote there, and from nothing else', () => {
    const names = [
      'log.db',
      'log.db-wal',
      'keys.db',
      'feed-old.db.part',
      'live.json',
      'archive.lock',
      'rebuilds/feed.lock',
    ];
    mkdirSync(join(folder, 'rebuilds'));
    for (const name of [...names, 'notes.txt']) {
      writeFileSync(join(folder, name), '');
      chmodSync(join(folder, name), 0o664);
    }
    lockDataFolder(folder).unlock();
    expect(names.map(modeOf)).toEqual(names.map(() => 0o600));
    expect(modeOf('notes.txt')).toBe(0o664);
  });

  test('has them taken from a file behind a link too', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'figtree-elsewhere-'));
    writeFileSync(join(elsewhere, 'kept'), '', { mode: 0o644 });
    symlinkSync(join(elsewhere, 'kept'), join(folder, 'keys.db'));
    lockDataFolder(folder).unlock();
    expect(modeOf('keys.db')).toBe(0o600);
    rmSync(elsewhere, { recursive: true });
  });

  test.each([0o777, 0o1777, 0o702])('is refused with the mode %o, because any user could put files there', (mode) => {
    chmodSync(folder, mode);
    expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'DATA_EXPOSED' }));
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    [0o700, undefined],
    [0o755, expect.stringContaining('other users can enter')],
    [0o710, expect.stringContaining('other users can enter')],
    [0o770, expect.stringContaining('its group can write')],
  ])('with the mode %o is taken, and says %s', (mode, said) => {
    chmodSync(folder, mode);
    const locked = lockDataFolder(folder);
    expect(locked.exposed).toEqual(said);
    locked.unlock();
  });
});
