import { KEY_RANGES, keyRangeOf } from '../events/key-range.ts';
import type { EventLogReader } from '../ports/event-log.ts';
import type { ParkedSummary } from '../ports/parking-lot.ts';
import type { ProjectionName } from '../ports/progress.ts';

// An average hides one key that is stuck. So the lag is reported for the worst of a few ranges of keys, including
// parked events.

/** What a projection has not applied, by range of keys. */
export interface Backlog {
  readonly ranges: readonly RangeLag[];
  /** When its oldest event was recorded, in milliseconds since 1970; undefined if there is none. */
  readonly oldestMs: number | undefined;
}

interface RangeLag {
  readonly lagEvents: number;
  readonly oldestMs: number | undefined;
}

type Log = Pick<EventLogReader, 'read'>;

const SAMPLE_EVENTS = 1000;
const ESTIMATE_AGAIN_MS = 1000;
const NONE: RangeLag = { lagEvents: 0, oldestMs: undefined };
const EMPTY: Backlog = { ranges: Array.from({ length: KEY_RANGES }, () => NONE), oldestMs: undefined };

/** Returns the function that reads a backlog. A short one is read completely. A long one is extrapolated from its
 *  oldest events; such an estimate is reused for a second. */
export function backlogReader(
  log: Log,
): (name: ProjectionName, at: { position: number; lagEvents: number }) => Promise<Backlog> {
  const estimates = new Map<ProjectionName, { backlog: Backlog; untilMs: number }>();
  return async (name, { position, lagEvents }) => {
    if (lagEvents === 0) return EMPTY;
    const known = estimates.get(name);
    const nowMs = performance.now();
    if (lagEvents > SAMPLE_EVENTS && known !== undefined && nowMs < known.untilMs) return known.backlog;
    const page = await log.read({ after: position, upTo: position + lagEvents, limit: SAMPLE_EVENTS });
    const looked = Math.max(1, page.position - position);
    const counts = new Map<number, { events: number; oldestMs: number }>();
    for (const { partitionkey, recordedtime } of page.events) {
      const range = keyRangeOf(partitionkey);
      const one = counts.get(range) ?? { events: 0, oldestMs: Date.parse(recordedtime) };
      counts.set(range, { ...one, events: one.events + 1 });
    }
    const scale = lagEvents / looked;
    const ranges = EMPTY.ranges.map((none, range) => {
      const one = counts.get(range);
      return one === undefined ? none : { lagEvents: Math.round(one.events * scale), oldestMs: one.oldestMs };
    });
    const [oldest] = page.events;
    const backlog = { ranges, oldestMs: oldest && Date.parse(oldest.recordedtime) };
    estimates.set(name, { backlog, untilMs: nowMs + ESTIMATE_AGAIN_MS });
    return backlog;
  };
}

/** The range whose oldest event has waited longest. */
export async function worstRange(
  log: Log,
  { backlog, parked }: { readonly backlog: Backlog; readonly parked: ParkedSummary['byRange'] },
): Promise<RangeLag & { readonly range: number }> {
  const ranges = backlog.ranges.map((lag, range) => ({ range, ...lag }));
  for (const { range, events, firstPosition } of parked) {
    const [first] = (await log.read({ after: firstPosition - 1, upTo: firstPosition, limit: 1 })).events;
    const { lagEvents, oldestMs = Infinity } = ranges[range] ?? NONE;
    const parkedMs = first === undefined ? Infinity : Date.parse(first.recordedtime);
    ranges[range] = { range, lagEvents: lagEvents + events, oldestMs: Math.min(oldestMs, parkedMs) };
  }
  const age = ({ oldestMs = Infinity }: RangeLag) => -oldestMs;
  return ranges.reduce((worst, one) =>
    age(one) > age(worst) || (age(one) === age(worst) && one.lagEvents > worst.lagEvents) ? one : worst,
  );
}
