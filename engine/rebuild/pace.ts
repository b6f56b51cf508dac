/** The speed of a replay: limited by its setting, and reduced while live projections fall behind. */
export interface Pace {
  /** Events per second; Infinity if unlimited. */
  rate(): number;
  /** Meant to be called a few times a second. */
  observe(seen: PaceSeen): void;
}

export interface PaceSeen {
  /** Positions of the live projections, and the head of the log. */
  readonly head: number;
  readonly live: readonly number[];
  /** The current speed of the replay. */
  readonly eventsPerSecond: number;
}

const LAG_EVENTS_MAX = 1000;
// Ensures that the replay ends, however busy the live projections are.
const RATE_MIN = 200;
const RECOVERY = 1.25;
// Above this speed the machine is the limit.
const RATE_FREE = 5_000_000;
const STANDING_LOOKS = 20;

/** A projection that makes no progress does not slow the replay: it is not running or broken, which may be why it is
 *  being rebuilt. */
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
