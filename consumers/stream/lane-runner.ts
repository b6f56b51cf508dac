import type { Problem } from '../../events/errors.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { StreamedEvent, StreamParking } from '../../ports/stream-parking.ts';
import type { InvocationTime } from './invocation-time.ts';
import { type KeyLane, streamedEvent } from './key-lane.ts';
import type { StreamHandling } from './stream-handling.ts';
import { readRecord } from './stream-record.ts';

interface LaneRunnerParts {
  readonly parking: Pick<StreamParking, 'parkBehind' | 'textBytesMax'>;
  readonly handling: StreamHandling;
  readonly time: InvocationTime;
}

/** Gives what takes a lane through its records, one after the other, until one fails or the time is up. Never rejects. */
export function createLaneRunner({ parking, handling, time }: LaneRunnerParts): (lane: KeyLane) => Promise<void> {
  async function handleNext(lane: KeyLane): Promise<void> {
    const record = lane.records[lane.done];
    if (record === undefined) return;
    const reading = readRecord(record, handling.rules);
    if (reading.kind === 'refused') lane.refused.set(lane.done, reading.refusal);
    if (reading.kind === 'event') {
      const { event, text } = reading;
      lane.current = { streamed: () => streamedEvent(record, event, text), event, sinceMs: performance.now() };
      await handling.handle(event);
    }
    if (!lane.givenUp) lane.done += 1;
  }

  return async (lane) => {
    try {
      if (lane.state === 'stopped' && (await parkAll(lane, { parking, handling }))) return;
      while (lane.done < lane.records.length && !lane.givenUp && time.mayBegin()) await handleNext(lane);
    } catch (error) {
      if (!lane.givenUp) lane.failure = { error };
    }
  };
}

/** The rest of a lane waits behind its stopped key. False if that is not stopped any more: nothing is done then. */
export async function parkAll(
  lane: KeyLane,
  { parking, handling }: Pick<LaneRunnerParts, 'parking' | 'handling'>,
): Promise<boolean> {
  const events: StreamedEvent[] = [];
  for (const [place, record] of lane.records.entries()) {
    if (place < lane.done) continue;
    const reading = readRecord(record, handling.rules);
    if (reading.kind === 'refused') lane.refused.set(place, reading.refusal);
    if (reading.kind !== 'event') continue;
    const event = streamedEvent(record, reading.event, reading.text);
    const tooLarge = refusedAsTooLarge(event, parking);
    if (tooLarge === undefined) events.push(event);
    else lane.refused.set(place, tooLarge);
  }
  if (events.length > 0 && !(await parking.parkBehind(events))) {
    // Those before are done, and nothing reads them a second time.
    for (const place of lane.refused.keys()) if (place >= lane.done) lane.refused.delete(place);
    return false;
  }
  lane.done = lane.records.length;
  return true;
}

/** What would have to be parked and cannot be kept whole there waits in the quarantine, to be released. */
export function refusedAsTooLarge(
  { event, sequenceNumber, text }: StreamedEvent,
  { textBytesMax }: Pick<StreamParking, 'textBytesMax'>,
): Refusal | undefined {
  if (Buffer.byteLength(text) <= textBytesMax) return undefined;
  const message = `event ${event} has to be parked, but is larger than the maximum of ${textBytesMax} bytes`;
  const problem: Problem = { code: 'EVENT_TOO_LARGE', message };
  return { door: 'events', origin: `record ${sequenceNumber}`, problem, raw: text, waiting: true };
}
