import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder on a disk of its own that holds very little. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all room but `bytes` away. */
  leave(bytes: number): void;
  /** Gives it back. */
  makeRoom(): void;
  remove(): void;
}

/** Mounts a disk in memory, or says why it cannot: that takes root and a system that has tmpfs. */
export function mountSmallDisk(bytes: number): SmallDisk | { readonly reason: string } {
  const mountPoint = mkdtempSync(join(tmpdir(), 'figtree-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', mountPoint], { stdio: 'pipe' });
  } catch (error) {
    rmSync(mountPoint, { recursive: true });
    return { reason: `a small disk cannot be mounted here: ${(error as Error).message.trim()}` };
  }
  const ballast = join(mountPoint, 'ballast');
  return {
    folder: join(mountPoint, 'data'),
    leave(rest) {
      const { bavail, bsize } = statfsSync(mountPoint);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - rest)));
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync('umount', [mountPoint]);
      rmSync(mountPoint, { recursive: true });
    },
  };
}
