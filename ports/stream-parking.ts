/** Where events of a stream wait that one function could not handle, each with the later ones of its key behind it. A stream
 *  forgets, so they are kept whole. The stream hands over the events of one key in order and to one invocation at a time; others
 *  run beside it for other keys, and operators redrive beside it whatever they like. Everything rejects with STORAGE_FAILED
 *  (retryable) if it cannot be done, and may then have been done. */
export interface StreamParking extends StreamParkedReader {
  /** A longer text cannot be kept, in bytes of UTF-8. */
  readonly textBytesMax: number;

  /** What is known of keys, for those of which anything is. What another one has stopped and `settled` is seen here. One request
   *  for a batch of 100 keys; mostly none while nothing is known of any key. */
  states(keys: readonly string[]): Promise<ReadonlyMap<string, KeyState>>;

  /** Counts a failed attempt at an event whose key is not stopped. Gives how many there were. */
  countFailure(event: StreamedEvent): Promise<number>;

  /** No event of these keys is failing any more. Keys that are stopped stay so. */
  forgetFailures(keys: readonly string[]): Promise<void>;

  /** Stops the event's key, for it and all that come behind it. If the key is stopped already, the event
   *  waits behind the others. */
  park(event: StreamedEvent, failure: StreamFailure): Promise<void>;

  /** Puts events of one key behind those that wait. The same one twice waits once. False if the key is not stopped (any more):
   *  then they are to be handled. */
  parkBehind(events: readonly StreamedEvent[]): Promise<boolean>;

  /** Resolves once every other one sees what this one has stopped: before that the stream must not be told that it may go on
   *  behind what was parked. */
  settled(): Promise<void>;

  /** The first event of a key has failed again. */
  failedAgain(event: StreamedEvent, failure: StreamFailure): Promise<void>;

  /** Takes an event out: it was handled, or is given up. With the last one its key goes on. */
  remove(event: Pick<StreamedEvent, 'key' | 'sequenceNumber'>): Promise<void>;
}

/** What operators see. */
export interface StreamParkedReader {
  /** Stopped keys in order of the key, `after` one. */
  stoppedKeys(query: { readonly after?: string; readonly limit: number }): Promise<StoppedKey[]>;

  stoppedKey(key: string): Promise<StoppedKey | undefined>;

  /** What waits of a key, in the order of the stream. */
  waiting(key: string, query: { readonly after?: string; readonly limit: number }): Promise<StreamedEvent[]>;
}

/** An event as the stream gave it. */
export interface StreamedEvent {
  readonly key: string;
  /** Of its record: decimal digits. It orders the events of a key, whatever becomes of the stream's shards. */
  readonly sequenceNumber: string;
  /** The event's id. */
  readonly event: string;
  /** What the record holds: read again, in the versions of then, when it is handled. */
  readonly text: string;
  /** When the stream took it, in milliseconds since 1970. */
  readonly arrivedAtMs: number;
}

export type KeyState = 'stopped' | 'failing';

export interface StreamFailure {
  /** The consumer that threw. */
  readonly consumer: string;
  readonly attempts: number;
  /** What a program can compare: the error's code, or else its name. */
  readonly code: string;
  readonly error: string;
}

export interface StoppedKey {
  readonly key: string;
  /** Absent if the first event has not been tried, because those before it have left. */
  readonly failure?: StreamFailure & { readonly event: string };
  /** When it was stopped, in milliseconds since 1970. */
  readonly stoppedAtMs: number;
}

/** Text that sorts as the numbers do: Kinesis gives no leading zeros, and up to 56 digits. */
export function sortableSequenceNumber(sequenceNumber: string): string {
  return sequenceNumber.padStart(64, '0');
}
