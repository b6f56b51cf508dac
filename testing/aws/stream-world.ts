import type { EventEnvelope } from '../../events/envelope.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { SentRecord } from './event-source-mapping.ts';

// The basis of tests of stream handlers: records of a few keys, and a journal of their handling.

/** A record as put by a producer, of an event about yubl `key`. */
export function recordOf(key: number, place: number, changes: Partial<EventEnvelope> = {}): SentRecord {
  const event = sampleEvent({ type: 'yubl-posted', key, variant: place }, { id: `${key}.${place}`, ...changes });
  return sentRecord(place, idOf(key), JSON.stringify(event));
}

/** The place is also the time of arrival. Digits grow in number, as those of Kinesis' sequence numbers do. */
export function sentRecord(place: number, partitionKey: string, text: string | Uint8Array): SentRecord {
  const data = Buffer.from(text as string).toString('base64');
  return { partitionKey, sequenceNumber: String(900 + place * 7), data, arrivedAtMs: place };
}

/** One event of a history: its key, and how often its handler fails before it succeeds. */
export interface Planned {
  readonly key: number;
  readonly failures: number;
}

export const idAt = ({ key }: Planned, place: number) => `${key}.${place}`;

/** The handled events of a history, in order. */
export interface Journal {
  readonly handled: readonly string[];
  /** Returns whether an attempt at the event fails. */
  attempt(id: string): boolean;
  done(id: string): void;
}

export function journalOf(plan: readonly Planned[]): Journal {
  const left = new Map(plan.map((planned, place) => [idAt(planned, place), planned.failures]));
  const handled: string[] = [];
  return {
    handled,
    attempt(id) {
      const failures = left.get(id) ?? 0;
      left.set(id, failures - 1);
      return failures > 0;
    },
    done: (id) => void handled.push(id),
  };
}

/** The errors in a journal: each event must be handled, and not before any earlier one of its key. */
export function disorderIn(plan: readonly Planned[], handled: readonly string[]): string[] {
  return plan.flatMap((planned, place) => {
    const id = idAt(planned, place);
    const first = handled.indexOf(id);
    if (first < 0) return [`${id} was never handled`];
    const before = plan.findLastIndex((other, at) => at < place && other.key === planned.key);
    const predecessor = plan[before];
    if (predecessor === undefined) return [];
    const firstBefore = handled.indexOf(idAt(predecessor, before));
    return firstBefore < first ? [] : [`${id} was handled before ${idAt(predecessor, before)}`];
  });
}
