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
  /** For how long it has not got on; absent if that is not known: it is known to the process alone that runs it. */
  readonly stillMs?: number;
  readonly lot: ParkedSummary;
}

// A page of events takes a small part of it, and a commit in hand counts as getting on.
const STALLED_SECONDS = 5;

/** Gives the function that says how a projection is: its lag in events, and as the age of the oldest one that it has not
 *  applied. */
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

// Whoever had nothing to do did not stand still.
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

/** A projection that is built again may be where the log was trimmed: what is there tells its age well enough. */
function fromWhatIsThere(log: Pick<EventLogReader, 'read'>): Pick<EventLogReader, 'read'> {
  return {
    async read(query) {
      try {
        return await log.read(query);
      } catch (error) {
        if (!isFigtreeError(error, 'EVENTS_ARCHIVED')) throw error;
        const after = Number(error.details['first']) - 1;
        if (query.upTo !== undefined && query.upTo <= after) return { events: [], position: query.upTo };
        return log.read({ ...query, after });
      }
    },
  };
}
