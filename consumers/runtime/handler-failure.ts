import { isFigtreeError } from '../../events/errors.ts';
import type { RecordedEvent } from '../../events/envelope.ts';

/** That a consumer threw, and at which event. */
export class HandlerFailure extends Error {
  readonly event: RecordedEvent;
  readonly consumer: string;

  constructor(event: RecordedEvent, consumer: string, cause: unknown) {
    super(`${consumer} failed at ${event.position}`, { cause });
    this.event = event;
    this.consumer = consumer;
  }
}

/** That no consumer may have an event as it is: it is of a newer version, or could not be brought to the current one. The
 *  event alone is to blame, and trying again changes nothing until another Figtree runs. */
export class RefusedEvent extends HandlerFailure {
  readonly refused = true;
}

/** What follows from what a handler threw: its failure at the event, or the error itself if it was the storage's. */
export function failureOfHandler(event: RecordedEvent, consumer: string, error: unknown): unknown {
  return isStorageFailure(error) ? error : new HandlerFailure(event, consumer, error);
}

/** The disk failed, not the handler: the event is not to blame, and all others would fail as well. */
function isStorageFailure(error: unknown): boolean {
  return (
    isFigtreeError(error, 'STORAGE_FULL') ||
    isFigtreeError(error, 'STORAGE_FAILED') ||
    isFigtreeError(error, 'DATA_DAMAGED')
  );
}
