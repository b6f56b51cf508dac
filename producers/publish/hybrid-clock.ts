import { ordinalOf, type Sequence, secondsOf, sequenceOf } from '../../events/sequence.ts';

/** A hybrid logical clock: it follows the wall clock, but never gives the same sequence twice or a smaller one, also when
 *  the wall clock is set back. The ordinal is the millisecond times 1,000 plus a counter. */
export interface HybridClock {
  next(): Sequence;
  /** Whatever is given out from now on is newer than this one, which came from somebody else's clock: what is published
   *  after an event was taken sorts after it although the two clocks differ. */
  observe(sequence: Sequence): void;
  /** The newest that `next` has given or `startFrom` was told; empty text if there is none. */
  newest(): Sequence;
  /** Goes on behind what it gave in a life before. */
  startFrom(sequence: Sequence): void;
}

// A clock that runs far ahead is wrong, and nobody may drag this one along with it.
const AHEAD_SECONDS_MAX = 60;
const ORDINAL_MAX = 4_294_967_295;

function instant(unixMs: number): [seconds: number, ordinal: number] {
  const ms = Math.floor(unixMs);
  return [Math.floor(ms / 1000), (ms % 1000) * 1000];
}

export function createHybridClock(now: () => number): HybridClock {
  let seconds = 0;
  let ordinal = 0;
  let newest = '';

  function moveTo(toSeconds: number, toOrdinal: number): boolean {
    const ahead = toSeconds > seconds || (toSeconds === seconds && toOrdinal > ordinal);
    if (ahead) [seconds, ordinal] = [toSeconds, toOrdinal];
    return ahead;
  }

  return {
    newest: () => newest,
    startFrom(sequence) {
      moveTo(secondsOf(sequence), ordinalOf(sequence));
      newest = sequence;
    },
    next() {
      if (!moveTo(...instant(now()))) {
        ordinal += 1;
        if (ordinal > ORDINAL_MAX) [seconds, ordinal] = [seconds + 1, 0];
      }
      return (newest = sequenceOf(seconds, ordinal));
    },
    observe(sequence) {
      if (secondsOf(sequence) <= now() / 1000 + AHEAD_SECONDS_MAX) moveTo(secondsOf(sequence), ordinalOf(sequence));
    },
  };
}
