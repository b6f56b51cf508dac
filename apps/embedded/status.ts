import type { RecordedEvent } from '../../events/envelope.ts';
import { isFigtreeError } from '../../events/errors.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import type { ProjectionName, ProjectionStatus } from '../../ports/progress.ts';

export interface ProjectionFacts {
  readonly name: ProjectionName;
  readonly version: number;
  readonly position: number;
  readonly parked: number;
  readonly stopped: boolean;
}

/** A projection's lag: in events, and as the age of the oldest one that it has not applied. */
export async function projectionStatus(
  log: Pick<EventLogReader, 'read'>,
  head: number,
  facts: ProjectionFacts,
): Promise<ProjectionStatus> {
  const { name, version, position, parked } = facts;
  const lagEvents = Math.max(0, head - position);
  const state = facts.stopped ? 'stopped' : lagEvents > 0 ? 'catching-up' : 'live';
  if (lagEvents === 0) return { name, version, position, lagEvents, lagSeconds: 0, parked, state };
  const oldest = await oldestBehind(log, position);
  const ageMs = oldest === undefined ? 0 : Math.max(0, Date.now() - Date.parse(oldest.recordedtime));
  return { name, version, position, lagEvents, lagSeconds: Math.round(ageMs) / 1000, parked, state };
}

/** A projection that is built again may be where the log was trimmed: what is there tells its age well enough. */
async function oldestBehind(log: Pick<EventLogReader, 'read'>, after: number): Promise<RecordedEvent | undefined> {
  try {
    return (await log.read({ after, limit: 1 })).events[0];
  } catch (error) {
    if (!isFigtreeError(error, 'EVENTS_ARCHIVED')) throw error;
    return oldestBehind(log, Number(error.details['first']) - 1);
  }
}
