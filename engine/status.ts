import { defined } from '../events/defined.ts';
import { isFigtreeError } from '../events/errors.ts';
import type { EventLogReader } from '../ports/event-log.ts';
import type { ParkedSummary } from '../ports/parking-lot.ts';
import type { ProjectionName, ProjectionState, ProjectionStatus } from '../ports/progress.ts';
import { type Backlog, backlogReader, worstRange } from './key-range-lag.ts';

export interface ProjectionFacts {
  readonly name: ProjectionName;
  readonly version: number;
  readonly position: number;
  readonly stopped: boolean;
  readonly pausedSinceMs?: number;
  /** Duration without progress; absent if unknown: only the process that runs the projection knows it. */
  readonly stillMs?: number;
  readonly lot: ParkedSummary;
}

// A page of events takes a fraction of that, and an uncommitted page counts as progress.
const STALLED_SECONDS = 5;

/** Returns the function that reports the state of a projection: its lag in events, and as the age of the oldest event
 *  that it has not applied. */
export function projectionStatuses(
  recorded: Pick<EventLogReader, 'read'>,
): (head: number, facts: ProjectionFacts) => Promise<ProjectionStatus> {
  const log = fromWhatIsThere(recorded);
  const readBacklog = backlogReader(log);
  return async (head, facts) => {
    const { name, version, position, lot, pausedSinceMs } = facts;
    const nowMs = Date.now();
    const lagEvents = Math.max(0, head - position);
    const backlog = await readBacklog(name, { position, lagEvents });
    const lagSeconds = secondsSince(backlog.oldestMs, nowMs);
    const stalledSeconds = stalled(facts, lagSeconds);
    return {
      name,
      version,
      position,
      lagEvents,
      lagSeconds,
      worstKeyRange: await worstOf(log, { backlog, lot, nowMs }),
      parked: lot.events,
      parkedByConsumer: lot.byConsumer,
      oldestParkedSeconds: secondsSince(lot.oldestMs, nowMs),
      discarded: lot.discarded,
      ...(pausedSinceMs !== undefined && { pausedSince: new Date(pausedSinceMs).toISOString() }),
      ...defined({ stalledSeconds }),
      state: stateOf(facts, { lagEvents, stalledSeconds }),
    };
  };
}

// An idle projection is not stalled.
function stalled({ stillMs }: ProjectionFacts, lagSeconds: number): number | undefined {
  return stillMs === undefined ? undefined : Math.min(Math.max(0, Math.round(stillMs)) / 1000, lagSeconds);
}

function stateOf(
  { stopped }: ProjectionFacts,
  { lagEvents, stalledSeconds = 0 }: { lagEvents: number; stalledSeconds: number | undefined },
): ProjectionState {
  if (stopped) return 'stopped';
  if (lagEvents === 0) return 'live';
  return stalledSeconds >= STALLED_SECONDS ? 'stalled' : 'catching-up';
}

function secondsSince(ms: number | undefined, nowMs: number): number {
  return ms === undefined ? 0 : Math.max(0, nowMs - ms) / 1000;
}

interface WorstOf {
  readonly backlog: Backlog;
  readonly lot: ParkedSummary;
  readonly nowMs: number;
}

async function worstOf(log: Pick<EventLogReader, 'read'>, { backlog, lot, nowMs }: WorstOf) {
  const { range, lagEvents, oldestMs } = await worstRange(log, { backlog, parked: lot.byRange });
  return { range, lagEvents, lagSeconds: secondsSince(oldestMs, nowMs) };
}

/** A projection that is being rebuilt may be behind the trimmed part of the log: the first remaining event is a good
 *  enough measure of its age. */
function fromWhatIsThere(log: Pick<EventLogReader, 'read'>): Pick<EventLogReader, 'read'> {
  return {
    async read(query) {
      try {
        return await log.read(query);
      } catch (error) {
        if (!isFigtreeError(error, 'EVENTS_ARCHIVED')) throw error;
        const after = error.details.first - 1;
        if (query.upTo !== undefined && query.upTo <= after) return { events: [], position: query.upTo };
        return log.read({ ...query, after });
      }
    },
  };
}
