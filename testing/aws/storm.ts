import { setImmediate as turn } from 'node:timers/promises';
import type { Weather } from './table-in-memory.ts';

export interface StormOptions {
  readonly random: () => number;
  /** The share of moments that end the process in them. */
  readonly cutRate: number;
  /** The share of writes whose response is lost, so that they are sent again. */
  readonly lostRate: number;
  /** Called in each moment, for instance to let time pass. */
  readonly onMoment?: () => void;
}

/** Faults during which many requests are in progress, any of which may be the last of its process. They end with
 *  `clear`. */
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

/** Repeats the call until it succeeds, as a stream redelivers an event. */
export async function retryUntilSuccess(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      // It will be delivered again.
    }
  }
}
