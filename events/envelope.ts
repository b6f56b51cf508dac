import type { EventData, EventType } from './catalog.ts';
import type { Sequence } from './sequence.ts';

/** A CloudEvents 1.0 event with Figtree's extensions. `source` and `id` identify it forever. */
interface EnvelopeOf<Type extends EventType> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** When it happened: ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** `figtree:<type>:<version>` */
  readonly dataschema: string;
  /** The aggregate's id. */
  readonly subject: string;
  readonly partitionkey: string;
  /** The source's own order. Code that must know which of two events came first compares this, never their arrival. */
  readonly sequence: Sequence;
  /** Identifies the whole flow: the event's own id for the first event of a flow, else copied from the cause. */
  readonly correlationid: string;
  /** Id of the event or request that directly caused this event. */
  readonly causationid?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  /** W3C Baggage: user-id, yubl-id, request-id, debug-log-enabled, call-chain-length. */
  readonly baggage?: string;
  readonly producerid?: string;
  /** Counts up by one per producer; a gap is a lost event. */
  readonly producerseq?: string;
  readonly data: EventData<Type>;
}

/** One event, typed by its `type`: comparing `event.type` narrows `event.data`. */
export type EventEnvelope<Type extends EventType = EventType> = { [T in Type]: EnvelopeOf<T> }[Type];

/** An event in the log. */
export type RecordedEvent<Type extends EventType = EventType> = EventEnvelope<Type> & {
  /** Place in this log, from 1. For checkpoints, lag and `?after=`; it orders nothing else. */
  readonly position: number;
  /** When the log recorded it: ISO 8601, UTC. */
  readonly recordedtime: string;
};

/** An event as handlers receive it. */
export type HandledEvent<Type extends EventType = EventType> = EventEnvelope<Type> & {
  /** When the log recorded it: ISO 8601, UTC. */
  readonly recordedtime: string;
  /** Absent if the log is a stream, which has no positions; answers depend on `sequence` instead. */
  readonly position?: number;
};

export function dataschemaOf(type: string, version: number): string {
  return `figtree:${type}:${version}`;
}

export function versionOf(dataschema: string): number {
  return Number(dataschema.slice(dataschema.lastIndexOf(':') + 1));
}
