import type { Correlation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope } from '../../events/envelope.ts';

/** The correlation of everything that an event causes: its flow, with the event as the cause. */
export function correlationOf(event: EventEnvelope): Correlation {
  return {
    correlationid: event.correlationid,
    causationid: event.id,
    ...defined({ traceparent: event.traceparent, baggage: event.baggage }),
  };
}
