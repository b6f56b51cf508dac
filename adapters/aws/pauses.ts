import { setTimeout as sleep } from 'node:timers/promises';

export interface PausePolicy {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How long to wait after so many failures (1 is the first), in milliseconds: anything up to a limit that doubles. Those who
 *  failed together come back at different times. */
export function fullJitter(failures: number, { firstMs, maxMs }: PausePolicy, random = Math.random): number {
  return random() * Math.min(maxMs, firstMs * 2 ** (failures - 1));
}

export async function pauseAfter(failures: number, policy: PausePolicy): Promise<void> {
  await sleep(fullJitter(failures, policy));
}
