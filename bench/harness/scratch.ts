import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

/** Runs `work` with an empty folder, which is removed afterwards. Refuses a folder in memory, because the benchmarks
 *  measure writing to a disk. */
export async function withScratchFolder<Result>(
  parent: string | undefined,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(parent ?? tmpdir(), 'figtree-bench-'));
  try {
    const { type } = statfsSync(folder);
    if (type === TMPFS || type === RAMFS)
      throw new Error(`${folder} is in memory: name a folder on a disk by --folder`);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
