import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder on a separate, very small disk. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills the disk except for `bytes`. */
  leave(bytes: number): void;
  /** Frees that space. */
  makeRoom(): void;
  remove(): void;
}

/** Mounts a disk in memory, or says why it cannot: that requires root and a system with tmpfs. */
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
