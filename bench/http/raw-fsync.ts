import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds of a write of so many bytes and its fdatasync, many times, at the end of a file that grows: what the disk
 *  itself takes for a commit. */
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
