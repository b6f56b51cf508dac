import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FigtreeError } from '../../events/errors.ts';
import type { Status } from '../../ports/progress.ts';
import { connectToHolder, openControlSocket } from './control-socket.ts';
import type { Operations } from '../../engine/operations.ts';

describe('the control socket', () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'figtree-control-'))));
  afterEach(() => rmSync(root, { recursive: true }));
  const status: Status = { head: 3, projections: [], quarantined: 1 };
  const operations = (answer: () => Promise<Status>) => ({ status: answer }) as Operations;

  test('returns what the holder returns', async () => {
    const socket = await openControlSocket(
      root,
      operations(async () => status),
    );
    const holder = await connectToHolder(root);
    expect(await holder?.operations.status()).toEqual(status);
    expect(await Promise.all([holder?.operations.status(), holder?.operations.status()])).toEqual([status, status]);
    holder?.close();
    await socket.close();
  });

  test('rejects with the code and the details that the holder met', async () => {
    const failing = async () => {
      throw new FigtreeError('STORAGE_FULL', 'No space left', { path: 'log.db' });
    };
    const socket = await openControlSocket(root, operations(failing));
    const holder = await connectToHolder(root);
    await expect(holder?.operations.status()).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      message: 'No space left',
      details: { path: 'log.db' },
    });
    holder?.close();
    await socket.close();
  });

  test('answers nobody once it is closed, and what waits then is told so', async () => {
    const { promise, resolve } = Promise.withResolvers<Status>();
    const socket = await openControlSocket(
      root,
      operations(() => promise),
    );
    const holder = await connectToHolder(root);
    const asked = holder?.operations.status();
    await new Promise((done) => setTimeout(done, 20));
    const closed = socket.close();
    resolve(status);
    await closed;
    expect(await asked).toEqual(status);
    await expect(holder?.operations.status()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(await connectToHolder(root)).toBeUndefined();
  });

  test('is opened where a killed process has left one, and in a folder with a very long name', async () => {
    writeFileSync(join(root, 'control.sock'), '');
    const long = join(root, 'x'.repeat(120));
    mkdirSync(long);
    for (const folder of [root, long]) {
      const socket = await openControlSocket(
        folder,
        operations(async () => status),
      );
      const holder = await connectToHolder(folder);
      expect(await holder?.operations.status()).toEqual(status);
      holder?.close();
      await socket.close();
    }
  });

  test('is for its owner alone', async () => {
    const socket = await openControlSocket(
      root,
      operations(async () => status),
    );
    expect(statSync(join(root, 'control.sock')).mode & 0o777).toBe(0o600);
    await socket.close();
  });

  describe.skipIf(process.platform === 'win32')('of a folder with a very long name lies in a folder that', () => {
    const long = () => join(root, 'x'.repeat(120));
    const shared = () => join(root, `figtree-${userInfo().uid}`);
    const before = process.env['TMPDIR'];
    beforeEach(() => {
      mkdirSync(long());
      process.env['TMPDIR'] = root;
    });
    afterEach(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });

    test.each<[string, () => void]>([
      ['others may write to', () => (mkdirSync(shared()), chmodSync(shared(), 0o777))],
      ['others may enter', () => (mkdirSync(shared()), chmodSync(shared(), 0o755))],
      ['a link leads to', () => (mkdirSync(join(root, 'theirs'), 0o700), symlinkSync(join(root, 'theirs'), shared()))],
      ['is none', () => writeFileSync(shared(), '')],
    ])('%s: nothing is served or asked there', async (_title, prepare) => {
      prepare();
      const exposed = { code: 'DATA_EXPOSED', details: { path: shared() } };
      await expect(
        openControlSocket(
          long(),
          operations(async () => status),
        ),
      ).rejects.toMatchObject(exposed);
      await expect(connectToHolder(long())).rejects.toMatchObject(exposed);
    });

    test.skipIf(userInfo().uid !== 0)('belongs to another user: nothing is served or asked there', async () => {
      mkdirSync(shared(), 0o700);
      chownSync(shared(), 65_534, 65_534);
      await expect(connectToHolder(long())).rejects.toMatchObject({ code: 'DATA_EXPOSED' });
    });
  });
});
