/** How fast a replay may go: as it was told at most, and slower while those who are served live fall behind. */
export interface Pace {
  /** Events per second; Infinity if nothing holds it back. */
  rate(): number;
  /** To be told a few times a second. */
  observe(seen: PaceSeen): void;
}

export interface PaceSeen {
  /** Where each live projection stands, and the end of the log. */
  readonly head: number;
  readonly live: readonly number[];
  /** How fast the replay goes just now. */
  readonly eventsPerSecond: number;
}

const LAG_EVENTS_MAX = 1000;
// However busy the live ones are, it comes to an end.
const RATE_MIN = 200;
const RECOVERY = 1.25;
// From here on the machine is the limit.
const RATE_FREE = 5_000_000;
const STANDING_LOOKS = 20;

/** A projection that does not move is not waited for: nobody runs it, or it is broken, which may be why it is rebuilt. */
export function createPace(limit = Infinity): Pace {
  let allowed = limit;
  let before: readonly number[] = [];
  let standing: number[] = [];

  function isLagging({ head, live }: PaceSeen): boolean {
    standing = live.map((position, at) => (position === before[at] ? (standing[at] ?? 0) + 1 : 0));
    before = live;
    return live.some((position, at) => head - position > LAG_EVENTS_MAX && (standing[at] ?? 0) < STANDING_LOOKS);
  }

  return {
    rate: () => allowed,
    observe(seen) {
      if (before.length === 0) standing = seen.live.map(() => STANDING_LOOKS);
      if (before.length === 0) before = seen.live;
      if (isLagging(seen)) allowed = Math.max(Math.min(RATE_MIN, limit), Math.min(allowed, seen.eventsPerSecond) / 2);
      else if (allowed < limit) allowed = Math.min(limit, allowed * RECOVERY);
      if (limit === Infinity && allowed > RATE_FREE) allowed = Infinity;
    },
  };
}
