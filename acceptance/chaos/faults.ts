import { clockJumps } from './clock.ts';
import { everythingFails, oneKeyFails, someEventsFail } from './failing-consumers.ts';
import type { Fault } from './fault.ts';
import { fullDisk } from './full-disk.ts';
import { killed } from './kills.ts';
import { fileDeleted, fileTruncated } from './projection-files.ts';
import { rebuildKilled, redriveKilled, serverKilledAtSwap } from './rebuilds.ts';
import { twoServers } from './two-servers.ts';

/** Everything that is tried. */
export const faults: readonly Fault[] = [
  killed,
  fullDisk,
  fileDeleted,
  pending(fileTruncated, 'a damaged file of a projection is refused at the start, not built again'),
  clockJumps,
  someEventsFail,
  oneKeyFails,
  everythingFails,
  twoServers,
  pending(rebuildKilled, 'there is no command rebuild'),
  pending(serverKilledAtSwap, 'there is no command rebuild'),
  pending(redriveKilled, 'there is no command parked redrive'),
];

function pending(fault: Fault, reason: string): Fault {
  return { ...fault, pending: reason };
}
