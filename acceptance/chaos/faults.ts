import { archiveKilled } from './archives.ts';
import { clockJumps } from './clock.ts';
import { damageInRebuild } from './damage.ts';
import { everythingFails, oneKeyFails, someEventsFail } from './failing-consumers.ts';
import type { Fault } from './fault.ts';
import { fullDisk } from './full-disk.ts';
import { killed } from './kills.ts';
import { fileDeleted, fileTruncated } from './projection-files.ts';
import { rebuildKilled, redriveKilled, serverKilledAtSwap } from './rebuilds.ts';
import { consumerFailsInRebuild, diskFullInRebuild } from './rebuild-failures.ts';
import { redriveAtSwap } from './redrive-at-swap.ts';
import { twoServers } from './two-servers.ts';

/** All faults. */
export const faults: readonly Fault[] = [
  killed,
  fullDisk,
  fileDeleted,
  fileTruncated,
  clockJumps,
  someEventsFail,
  oneKeyFails,
  everythingFails,
  twoServers,
  rebuildKilled,
  serverKilledAtSwap,
  redriveKilled,
  consumerFailsInRebuild,
  diskFullInRebuild,
  redriveAtSwap,
  damageInRebuild,
  archiveKilled,
];
