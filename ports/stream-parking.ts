/** Holds events of a stream that a function could not handle, each with the later ones of its key behind it. A stream
 *  expires, so they are kept whole. The stream delivers the events of one key in order and to one invocation at a time;
 *  concurrently, other invocations handle other keys, and operators redrive any. Everything rejects with STORAGE_FAILED
 *  (retryable) if it fails, and may then have been done. */
export interface StreamParking extends StreamParkedReader {
  /** The longest text that can be kept, in bytes of UTF-8. */
  readonly textBytesMax: number;

  /** The states of those keys that have one. Includes keys that others stopped and `settled`. One request for a batch
   *  of 100 keys; usually none while no key has a state. */
  states(keys: readonly string[]): Promise<ReadonlyMap<string, KeyState>>;

  /** Counts a failed attempt at an event whose key is not stopped. Returns the number of attempts. */
  countFailure(event: StreamedEvent): Promise<number>;

  /** Clears the failures of these keys. Stopped keys stay stopped. */
  forgetFailures(keys: readonly string[]): Promise<void>;

  /** Stops the event's key, for it and all later events. If the key is already stopped, the event waits behind the
   *  others. */
  park(event: StreamedEvent, failure: StreamFailure): Promise<void>;

  /** Adds events of one key behind those that wait. The same event twice waits once. False if the key is not, or no
   *  longer, stopped: then the events have to be handled. */
  parkBehind(events: readonly StreamedEvent[]): Promise<boolean>;

  /** Resolves once all others see what this one has stopped: until then the stream must not be allowed to continue
   *  behind a parked event. */
  settled(): Promise<void>;

  /** Records another failure of the first event of a key. */
  failedAgain(event: StreamedEvent, failure: StreamFailure): Promise<void>;

  /** Removes an event that was handled or discarded. Removing the last one resumes its key. */
  remove(event: Pick<StreamedEvent, 'key' | 'sequenceNumber'>): Promise<void>;
}

/** What operators see. */
export interface StreamParkedReader {
  /** Stopped keys in order of the key, `after` one. */
  stoppedKeys(query: { readonly after?: string; readonly limit: number }): Promise<StoppedKey[]>;

  stoppedKey(key: string): Promise<StoppedKey | undefined>;

  /** The waiting events of a key, in the order of the stream. */
  waiting(key: string, query: { readonly after?: string; readonly limit: number }): Promise<StreamedEvent[]>;
}

/** An event as the stream delivered it. */
export interface StreamedEvent {
  readonly key: string;
  /** Sequence number of its record: decimal digits. It orders the events of a key, however the stream is resharded. */
  readonly sequenceNumber: string;
  /** The event's id. */
  readonly event: string;
  /** The text of the record: parsed again, with the versions of that time, when it is handled. */
  readonly text: string;
  /** When the stream received it, in milliseconds since 1970. */
  readonly arrivedAtMs: number;
}

export type KeyState = 'stopped' | 'failing';

export interface StreamFailure {
  /** The consumer that threw. */
  readonly consumer: string;
  readonly attempts: number;
  /** For comparison by programs: the error's code, or else its name. */
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
