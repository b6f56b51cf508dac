import {
  isUint32,
  ordinalOf,
  type Sequence,
  SEQUENCE_PATTERN,
  secondsOf,
  sequenceOf,
  UINT32_MAX,
} from '../../events/sequence.ts';

/** A hybrid logical clock: it follows the wall clock, but never returns the same sequence twice or a smaller one, even
 *  when the wall clock is set back. The ordinal is the millisecond times 1,000 plus a counter. While the wall clock
 *  shows a time that no sequence can hold (before 1970, after 2106-02-07), it is not trusted: this clock counts on from
 *  its last value, and follows again once the wall clock is right.
 *  ([0042](../../docs/decisions/0042-a-clock-that-is-not-believed.md)) */
export interface HybridClock {
  next(): Sequence;
  /** Every later value is newer than this one, which came from another clock: events published after an event was
   *  accepted sort after it although the two clocks differ. */
  observe(sequence: Sequence): void;
  /** The newest value that `next` has returned or `startFrom` was given; empty text if there is none. */
  newest(): Sequence;
  /** Continues after the value of an earlier process. An invalid sequence, which a clock without these limits could
   *  leave behind, is ignored. */
  startFrom(sequence: Sequence): void;
}

// A clock that runs far ahead is wrong, and must not drag this one along.
const AHEAD_SECONDS_MAX = 60;

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

  function countOn(): void {
    if (ordinal < UINT32_MAX) ordinal += 1;
    // The very last sequence is repeated: four thousand million events within the last second of 2106 come first.
    else if (seconds < UINT32_MAX) [seconds, ordinal] = [seconds + 1, 0];
  }

  return {
    newest: () => newest,
    startFrom(sequence) {
      if (!SEQUENCE_PATTERN.test(sequence)) return;
      moveTo(secondsOf(sequence), ordinalOf(sequence));
      newest = sequence;
    },
    next() {
      const [nowSeconds, nowOrdinal] = instant(now());
      if (!isUint32(nowSeconds) || !moveTo(nowSeconds, nowOrdinal)) countOn();
      return (newest = sequenceOf(seconds, ordinal));
    },
    observe(sequence) {
      const nowSeconds = Math.floor(now() / 1000);
      const trusted = isUint32(nowSeconds) ? nowSeconds : seconds;
      if (secondsOf(sequence) <= trusted + AHEAD_SECONDS_MAX) moveTo(secondsOf(sequence), ordinalOf(sequence));
    },
  };
}
