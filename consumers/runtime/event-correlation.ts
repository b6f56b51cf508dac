import type { Correlation } from '../../events/correlation.ts';
import type { EventEnvelope } from '../../events/envelope.ts';

/** What is done because of an event belongs to its flow and has it as its cause. */
export function correlationOf(event: EventEnvelope): Correlation {
  return {
    correlationid: event.correlationid,
    causationid: event.id,
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
    ...(event.baggage !== undefined && { baggage: event.baggage }),
  };
}
