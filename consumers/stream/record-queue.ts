import type { HandledEvent } from '../../events/envelope.ts';
import type { Refusal } from '../../ports/quarantine.ts';
import type { KeyState, StreamedEvent } from '../../ports/stream-parking.ts';
import type { StreamRecord } from './lambda-events.ts';

/** The records of one key in a batch, and their progress. */
export interface RecordQueue {
  readonly key: string;
  readonly records: StreamRecord[];
  state: KeyState | undefined;
  /** Number of records that are done: handled, parked, refused or skipped. */
  done: number;
  /** The refused ones among them, by index. */
  readonly refused: Map<number, Refusal>;
  /** Why it stopped, unless it ran out of time. */
  failure?: { readonly error: unknown };
  /** The event that is being handled, or failed, and since when by performance.now(). */
  current?: CurrentEvent;
  /** Its result is no longer awaited. */
  givenUp: boolean;
}

export interface CurrentEvent {
  readonly event: HandledEvent;
  readonly sinceMs: number;
  /** The event as it is parked. */
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
