/** The speed of a replay: limited by its setting, and reduced while live projections fall behind. */
export interface ReplayPace {
  /** Events per second; Infinity if unlimited. */
  rate(): number;
  /** Call it a few times a second. */
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
const STALLED_OBSERVATIONS = 20;

/** A projection that makes no progress does not slow the replay: it is either not running or broken, which may be why it is
 *  being rebuilt. */
export function createReplayPace(limit = Infinity): ReplayPace {
  let allowed = limit;
  let before: readonly number[] = [];
  let stalledFor: number[] = [];

  function isLagging({ head, live }: PaceSeen): boolean {
    stalledFor = live.map((position, at) => (position === before[at] ? (stalledFor[at] ?? 0) + 1 : 0));
    before = live;
    return live.some(
      (position, at) => head - position > LAG_EVENTS_MAX && (stalledFor[at] ?? 0) < STALLED_OBSERVATIONS,
    );
  }

  return {
    rate: () => allowed,
    observe(seen) {
      if (before.length === 0) stalledFor = seen.live.map(() => STALLED_OBSERVATIONS);
      if (before.length === 0) before = seen.live;
      if (isLagging(seen)) allowed = Math.max(Math.min(RATE_MIN, limit), Math.min(allowed, seen.eventsPerSecond) / 2);
      else if (allowed < limit) allowed = Math.min(limit, allowed * RECOVERY);
      if (limit === Infinity && allowed > RATE_FREE) allowed = Infinity;
    },
  };
}
