import { setImmediate as turn } from 'node:timers/promises';
import type { Weather } from './table-in-memory.ts';

export interface StormOptions {
  readonly random: () => number;
  /** Of all moments, how many end the process that is in them. */
  readonly cutRate: number;
  /** Of all writes, how many are answered to nobody and sent again. */
  readonly lostRate: number;
  /** In each moment, for instance to let time pass. */
  readonly onMoment?: () => void;
}

/** Weather in which many requests are under way at a time, and any of them may be the last of its process. It ends with `clear`. */
export function openStorm({ random, cutRate, lostRate, onMoment = () => {} }: StormOptions) {
  let raging = true;
  async function moment(): Promise<void> {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await turn();
    if (!raging) return;
    onMoment();
    if (random() < cutRate) throw new Error('the process ended');
  }
  const weather: Weather = { before: moment, after: moment, answerIsLost: () => raging && random() < lostRate };
  return {
    weather,
    clear() {
      raging = false;
    },
  };
}

/** Until one of the calls comes back, as a stream hands an event over again. */
export async function untilItWorks(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      // It comes again.
    }
  }
}
