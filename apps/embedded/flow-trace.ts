import type { EventLogReader } from '../../ports/event-log.ts';
import type { FlowStep } from '../../ports/unit-of-work.ts';
import type { FlowTrace } from './engine.ts';

const FLOW_EVENTS_MAX = 1000;

/** Joins a flow's events with what the consumers of all projections did about them. */
export async function traceFlow(
  log: Pick<EventLogReader, 'readFlow'>,
  projections: readonly { stepsOf(correlationId: string): FlowStep[] }[],
  correlationId: string,
): Promise<FlowTrace> {
  const events = await log.readFlow(correlationId, FLOW_EVENTS_MAX);
  const steps = projections.flatMap((projection) => projection.stepsOf(correlationId));
  // Stable: a step that another one caused within the same millisecond stays behind it.
  steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.position - b.position));
  return { correlationId, events, steps };
}
