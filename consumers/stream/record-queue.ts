import type { HandledEvent } from '../../events/envelope.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { KeyState, StreamedEvent } from '../../ports/stream-parking.ts';
import type { StreamRecord } from './lambda-events.ts';

/** The records of one key in a batch, and how far they are. */
export interface RecordQueue {
  readonly key: string;
  readonly records: StreamRecord[];
  state: KeyState | undefined;
  /** So many of the records are done: handled, parked, refused or of no interest. */
  done: number;
  /** What was refused among those, by its place. */
  readonly refused: Map<number, Refusal>;
  /** Why it went no further, if it was not for want of time. */
  failure?: { readonly error: unknown };
  /** What is being handled, or failed, and since when by performance.now(). */
  current?: CurrentEvent;
  /** Nobody waits for it any more. */
  givenUp: boolean;
}

export interface CurrentEvent {
  readonly event: HandledEvent;
  readonly sinceMs: number;
  /** As it is parked. */
  readonly streamed: () => StreamedEvent;
}

/** In the order of their first records. */
export function queuesByKey(records: readonly StreamRecord[]): RecordQueue[] {
  const queues = new Map<string, RecordQueue>();
  for (const record of records) {
    const key = record.kinesis.partitionKey;
    const queue = queues.get(key);
    if (queue !== undefined) queue.records.push(record);
    else queues.set(key, { key, records: [record], state: undefined, done: 0, refused: new Map(), givenUp: false });
  }
  return [...queues.values()];
}

export function streamedEvent(
  { kinesis }: StreamRecord,
  { id, recordedtime }: HandledEvent,
  text: string,
): StreamedEvent {
  return {
    key: kinesis.partitionKey,
    sequenceNumber: kinesis.sequenceNumber,
    event: id,
    text,
    arrivedAtMs: Date.parse(recordedtime),
  };
}
