import type { Problem } from '../../events/errors.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { StreamedEvent, StreamParking } from '../../ports/stream-parking.ts';
import type { InvocationTime } from './invocation-time.ts';
import { type RecordQueue, streamedEvent } from './record-queue.ts';
import type { StreamHandling } from './stream-handling.ts';
import { readRecord } from './stream-record.ts';

interface QueueRunnerParts {
  readonly parking: Pick<StreamParking, 'parkBehind' | 'textBytesMax'>;
  readonly handling: StreamHandling;
  readonly time: InvocationTime;
}

/** Returns the function that handles the records of a queue one after the other, until one fails or the time is over.
 *  Never rejects. */
export function createQueueRunner({
  parking,
  handling,
  time,
}: QueueRunnerParts): (queue: RecordQueue) => Promise<void> {
  async function handleNext(queue: RecordQueue): Promise<void> {
    const record = queue.records[queue.done];
    if (record === undefined) return;
    const reading = readRecord(record, handling.rules);
    if (reading.kind === 'refused') queue.refused.set(queue.done, reading.refusal);
    if (reading.kind === 'event') {
      const { event, text } = reading;
      queue.current = { streamed: () => streamedEvent(record, event, text), event, sinceMs: performance.now() };
      await handling.handle(event);
    }
    if (!queue.givenUp) queue.done += 1;
  }

  return async (queue) => {
    try {
      if (queue.state === 'stopped' && (await parkAll(queue, { parking, handling }))) return;
      while (queue.done < queue.records.length && !queue.givenUp && time.mayBegin()) await handleNext(queue);
    } catch (error) {
      if (!queue.givenUp) queue.failure = { error };
    }
  };
}

/** Parks the rest of a queue behind its stopped key. Returns false, and does nothing, if that is no longer stopped. */
export async function parkAll(
  queue: RecordQueue,
  { parking, handling }: Pick<QueueRunnerParts, 'parking' | 'handling'>,
): Promise<boolean> {
  const events: StreamedEvent[] = [];
  for (const [place, record] of queue.records.entries()) {
    if (place < queue.done) continue;
    const reading = readRecord(record, handling.rules);
    if (reading.kind === 'refused') queue.refused.set(place, reading.refusal);
    if (reading.kind !== 'event') continue;
    const event = streamedEvent(record, reading.event, reading.text);
    const tooLarge = refusedAsTooLarge(event, parking);
    if (tooLarge === undefined) events.push(event);
    else queue.refused.set(place, tooLarge);
  }
  if (events.length > 0 && !(await parking.parkBehind(events))) {
    // Earlier ones are done, and are not read a second time.
    for (const place of queue.refused.keys()) if (place >= queue.done) queue.refused.delete(place);
    return false;
  }
  queue.done = queue.records.length;
  return true;
}

/** The refusal of an event that would have to be parked but is too large: it waits in the quarantine to be released. */
export function refusedAsTooLarge(
  { event, sequenceNumber, text }: StreamedEvent,
  { textBytesMax }: Pick<StreamParking, 'textBytesMax'>,
): Refusal | undefined {
  if (Buffer.byteLength(text) <= textBytesMax) return undefined;
  const message = `event ${event} has to be parked, but is larger than the maximum of ${textBytesMax} bytes`;
  const problem: Problem = { code: 'EVENT_TOO_LARGE', message };
  return { door: 'events', origin: `record ${sequenceNumber}`, problem, raw: text, waiting: true };
}
