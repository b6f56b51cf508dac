import { isFigtreeError } from '../../events/errors.ts';
import type { HandledEvent, RecordedEvent } from '../../events/envelope.ts';

/** A consumer threw while it handled an event. */
export class HandlerFailure<Event extends HandledEvent = RecordedEvent> extends Error {
  readonly event: Event;
  readonly consumer: string;

  constructor(event: Event, consumer: string, cause: unknown) {
    super(`${consumer} failed at ${event.position ?? event.id}`, { cause });
    this.event = event;
    this.consumer = consumer;
  }
}

/** No consumer may receive an event as it is: its version is newer, or it could not be converted to the current one.
 *  Only the event is at fault, and retrying changes nothing until another version of Figtree runs. */
export class RefusedEvent<Event extends HandledEvent = RecordedEvent> extends HandlerFailure<Event> {
  readonly refused = true;
}

/** Recognises failures by what they say and not by their class, as errors are recognised by their code. */
export function isHandlerFailure(error: unknown): error is HandlerFailure {
  return error instanceof Error && 'consumer' in error && 'event' in error;
}

export function isRefusedEvent(error: unknown): error is RefusedEvent {
  return isHandlerFailure(error) && 'refused' in error;
}

/** What to throw for an error of a handler: its failure at the event, or the error itself if storage failed. */
export function failureOfHandler(event: HandledEvent, consumer: string, error: unknown): unknown {
  return isStorageFailure(error) ? error : new HandlerFailure(event, consumer, error);
}

/** Something that the handler depends on failed: the event is not at fault, and all others would fail as well. */
export function isStorageFailure(error: unknown): boolean {
  return (
    isFigtreeError(error, 'STORAGE_FULL') ||
    isFigtreeError(error, 'STORAGE_FAILED') ||
    isFigtreeError(error, 'DATA_DAMAGED')
  );
}
