import { catalog, type EventType } from '../events/catalog.ts';
import type { Correlation } from '../events/correlation.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { defined } from '../events/defined.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import type { Sequence } from '../events/sequence.ts';

/** The parts from which the envelope cannot be derived. `data` is the output of the event's own parser. */
export interface StatedEvent {
  readonly type: EventType;
  readonly id: string;
  readonly source: string;
  readonly time: string;
  readonly sequence: Sequence;
  readonly data: Readonly<Record<string, unknown>>;
  /** For an event of a past version, which the current definition does not describe. */
  readonly asPast?: Pick<EventEnvelope, 'dataschema' | 'subject' | 'partitionkey'>;
}

export const NO_CORRELATION: Correlation = {};

/** The definition without its particular type, for code that treats all events alike. */
export function definitionOf(type: EventType): EventDefinition {
  return catalog[type];
}

/** Subject and partition key always come from the catalog: the order in which consumers handle events depends on them,
 *  so a publisher's own values are ignored. */
export function buildEvent(stated: StatedEvent, correlation: Correlation): EventEnvelope {
  const definition = definitionOf(stated.type);
  const event = {
    specversion: '1.0',
    id: stated.id,
    source: stated.source,
    type: stated.type,
    time: stated.time,
    datacontenttype: 'application/json',
    dataschema: stated.asPast?.dataschema ?? definition.dataschema,
    subject: stated.asPast?.subject ?? definition.subject(stated.data),
    partitionkey: stated.asPast?.partitionkey ?? definition.partitionKey(stated.data),
    sequence: stated.sequence,
    correlationid: correlation.correlationid ?? stated.id,
    data: stated.data,
  };
  if (correlation === NO_CORRELATION) return event as unknown as EventEnvelope;
  const { causationid, traceparent, baggage } = correlation;
  return {
    ...event,
    ...defined({ causationid, traceparent, baggage }),
  } as unknown as EventEnvelope;
}
