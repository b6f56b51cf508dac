import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Durations in milliseconds of many writes of this size with fdatasync, at the end of a growing file: the disk's share
 *  of a commit. */
export function rawFsyncs(folder: string, bytes: number, times: number): number[] {
  const path = join(folder, 'raw-fsync');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(bytes, 'y');
  try {
    return Array.from({ length: times }, () => {
      const start = performance.now();
      writeSync(file, block);
      fdatasyncSync(file);
      return performance.now() - start;
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
