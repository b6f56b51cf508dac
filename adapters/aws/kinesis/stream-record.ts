import { kinesisPayload } from '../../../events/carriers/payload-context.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';

/** An event on its way into a stream. */
export interface KinesisRecord {
  readonly key: string;
  /** The event's envelope as JSON, in UTF-8. */
  readonly data: Uint8Array;
  /** As Kinesis counts: the data and the partition key. */
  readonly bytes: number;
  /** By a monotonic clock (performance.now). */
  readonly queuedAt: number;
  /** When a failing record is given up: counted from its first failure, and until then from when it was queued.
   *  Infinity for a spooled record. */
  expiresAt: number;
  /** Number of failures. */
  tries: number;
  /** Has to be sent alone, because a request that contained it was refused. */
  alone?: boolean;
  /** Where the previous record of the same key arrived, if this one waited for it. */
  behind?: { readonly shardId: string; readonly sequenceNumber: string };
  /** Called once: without a failure when the record is durable, or with the reason why it is not. */
  readonly settle: (failure?: FigtreeError) => void;
}

const KEY_CHARACTERS_MAX = 256;
const encoder = new TextEncoder();

/** The content of an event for Kinesis. Throws EVENT_TOO_LARGE if it exceeds the stream's limit, EVENT_INVALID if it
 *  could not be ordered. */
export function recordContent(
  event: EventEnvelope,
  { recordBytesMax, context }: { readonly recordBytesMax: number; readonly context: boolean },
): Pick<KinesisRecord, 'key' | 'data' | 'bytes'> {
  const { partitionkey: key } = event;
  if (typeof key !== 'string' || key === '' || charactersOf(key) > KEY_CHARACTERS_MAX) {
    const message = `partitionkey of event ${event.id} must be text of 1 to ${KEY_CHARACTERS_MAX} characters`;
    throw new FigtreeError('EVENT_INVALID', message, { id: event.id });
  }
  const data = encoder.encode(kinesisPayload(event, { context }));
  const bytes = data.length + Buffer.byteLength(key);
  if (bytes > recordBytesMax) {
    const message = `Event ${event.id} has ${bytes} bytes with its partition key, but the stream accepts at most ${recordBytesMax}`;
    throw new FigtreeError('EVENT_TOO_LARGE', message, { id: event.id, bytes, bytesMax: recordBytesMax });
  }
  return { key, data, bytes };
}

// Kinesis counts code points.
function charactersOf(key: string): number {
  return key.length <= KEY_CHARACTERS_MAX ? key.length : Array.from(key).length;
}
