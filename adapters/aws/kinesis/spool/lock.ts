import { link, lstat, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { FigtreeError } from '../../../../events/errors.ts';
import { pause } from '../../../../resilience/clock.ts';

/** One process at a time: the lock is a socket in the folder that its process listens on. However the process ends, the
 *  socket then refuses connections, and the next process replaces it. Needs no SQLite, which older releases of Node do
 *  not have. */
export interface SpoolLock {
  /** Rejects with DATA_IN_USE if another process has taken the lock nevertheless. */
  check(): Promise<void>;
  release(): Promise<void>;
}

const LOCK = 'lock';
// Longest address of a socket on macOS; Linux allows four bytes more.
const ADDRESS_BYTES_MAX = 103;
const SETTLE_MS = 100;

/** Throws DATA_IN_USE if another process holds it. */
export async function takeSpoolLock(folder: string): Promise<SpoolLock> {
  const lock = join(folder, LOCK);
  const own = join(folder, `l${process.pid.toString(36)}${Math.random().toString(36).slice(2, 6)}`);
  if (Buffer.byteLength(own) > ADDRESS_BYTES_MAX) {
    throw new FigtreeError('CONFIG_INVALID', `The path of the spool is too long to hold a lock: ${folder}`, {
      folder,
    });
  }
  const server = await listen(own);
  try {
    const { ino } = await lstat(own);
    if (!(await become(own, lock))) {
      if (await isAlive(lock)) throw inUse(folder);
      // If another process does the same a moment later, it holds the lock, and this one does not.
      await rename(own, lock);
      await pause(SETTLE_MS);
    }
    const check = async () => {
      const found = await lstat(lock).catch(() => undefined);
      if (found?.ino !== ino) throw inUse(folder);
    };
    await check();
    return {
      check,
      async release() {
        const mine = await check().then(
          () => true,
          () => false,
        );
        if (mine) await rm(lock, { force: true });
        await closed(server);
      },
    };
  } catch (error) {
    await closed(server);
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Returns false if a lock exists already, dead or alive. */
async function become(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function inUse(folder: string): FigtreeError {
  return new FigtreeError('DATA_IN_USE', `Another process is using the spool ${folder}`, { folder });
}
