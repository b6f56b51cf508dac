import { ordinalOf, type Sequence, secondsOf, sequenceOf } from '../../events/sequence.ts';

/** A hybrid logical clock: it follows the wall clock, but never gives the same sequence twice or a smaller one, also when
 *  the wall clock is set back. The ordinal is the millisecond times 1,000 plus a counter. */
export interface HybridClock {
  next(): Sequence;
  /** Whatever is given out from now on is newer than this one, which came from somebody else's clock: what is published
   *  after an event was taken sorts after it although the two clocks differ. */
  observe(sequence: Sequence): void;
  /** Goes on from a time that this clock has told in a life before, in milliseconds since 1970. */
  startFrom(ms: number): void;
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

  function moveTo(toSeconds: number, toOrdinal: number): boolean {
    const ahead = toSeconds > seconds || (toSeconds === seconds && toOrdinal > ordinal);
    if (ahead) [seconds, ordinal] = [toSeconds, toOrdinal];
    return ahead;
  }

  return {
    startFrom: (ms) => void moveTo(...instant(ms + 1)),
    next() {
      if (!moveTo(...instant(now()))) {
        ordinal += 1;
        if (ordinal > ORDINAL_MAX) [seconds, ordinal] = [seconds + 1, 0];
      }
      return sequenceOf(seconds, ordinal);
    },
    observe(sequence) {
      if (secondsOf(sequence) <= now() / 1000 + AHEAD_SECONDS_MAX) moveTo(secondsOf(sequence), ordinalOf(sequence));
    },
  };
}
