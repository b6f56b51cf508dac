import { isFigtreeError } from '../../events/errors.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';

/** That a consumer threw, and at which event. */
export class HandlerFailure<Event extends HandledEvent = RecordedEvent> extends Error {
  readonly event: Event;
  readonly consumer: string;

  constructor(event: Event, consumer: string, cause: unknown) {
    super(`${consumer} failed at ${event.position ?? event.id}`, { cause });
    this.event = event;
    this.consumer = consumer;
  }
}

/** That no consumer may have an event as it is: it is of a newer version, or could not be brought to the current one. The
 *  event alone is to blame, and trying again changes nothing until another Figtree runs. */
export class RefusedEvent<Event extends HandledEvent = RecordedEvent> extends HandlerFailure<Event> {
  readonly refused = true;
}

/** What follows from what a handler threw: its failure at the event, or the error itself if it was the storage's. */
export function failureOfHandler(event: HandledEvent, consumer: string, error: unknown): unknown {
  return isStorageFailure(error) ? error : new HandlerFailure(event, consumer, error);
}

/** What it works with failed, not the handler: the event is not to blame, and all others would fail as well. */
export function isStorageFailure(error: unknown): boolean {
  return (
    isFigtreeError(error, 'STORAGE_FULL') ||
    isFigtreeError(error, 'STORAGE_FAILED') ||
    isFigtreeError(error, 'DATA_DAMAGED')
  );
}
