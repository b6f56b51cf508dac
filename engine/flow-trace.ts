import type { EventLogReader } from '../ports/event-log.ts';
import type { FlowStep } from '../ports/unit-of-work.ts';
import type { FlowTrace } from './engine.ts';

const FLOW_EVENTS_MAX = 1000;

/** Joins a flow's events, the first FLOW_EVENTS_MAX of them, with the steps of all projections' consumers. */
export async function traceFlow(
  log: Pick<EventLogReader, 'readFlow'>,
  projections: readonly { stepsOf(correlationId: string, upTo: number): FlowStep[] }[],
  correlationId: string,
): Promise<FlowTrace> {
  // One more than the limit, to detect whether there are more.
  const found = await log.readFlow(correlationId, FLOW_EVENTS_MAX + 1);
  const events = found.slice(0, FLOW_EVENTS_MAX);
  const upTo = events.at(-1)?.position ?? 0;
  const steps = projections.flatMap((projection) => projection.stepsOf(correlationId, upTo));
  // The sort is stable: a step caused by another one within the same millisecond stays behind it.
  steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.position - b.position));
  return { correlationId, events, steps, truncated: found.length > events.length };
}
