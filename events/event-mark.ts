import type { EventEnvelope } from './envelope.ts';
import type { Sequence } from './sequence.ts';

/** The newest event that changed a row, as text: its sequence, and the identities of all events of that sequence that
 *  did. Sorts like the sequence. */
export type EventMark = string;

export type MarkedEvent = Pick<EventEnvelope, 'id' | 'source'> & { readonly sequence: Sequence };

const SEQUENCE_DIGITS = 20;
const BETWEEN = '\u001f';

/** True if the event is one of those in the mark, or older than they are. */
export function isCovered(event: MarkedEvent, mark: EventMark | undefined): boolean {
  if (mark === undefined) return false;
  const newest = mark.slice(0, SEQUENCE_DIGITS);
  if (event.sequence !== newest) return event.sequence < newest;
  return mark.slice(SEQUENCE_DIGITS).split(BETWEEN).includes(identityOf(event));
}

/** The mark once the event, which it does not cover, has changed the row too. */
export function markWith(mark: EventMark | undefined, event: MarkedEvent): EventMark {
  const before = mark?.startsWith(event.sequence) ? mark : event.sequence;
  return before + BETWEEN + identityOf(event);
}

/** What identifies an event forever. */
export function identityOf({ source, id }: Pick<MarkedEvent, 'source' | 'id'>): string {
  return `${source} ${id}`;
}
