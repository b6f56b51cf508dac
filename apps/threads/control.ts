/** Shared memory that a busy thread reads without waiting for messages: whether to stop, and how many events per second it
 *  may handle. */
export interface ThreadControl {
  readonly memory: SharedArrayBuffer;
  stop(): void;
  stopped(): boolean;
  setRate(eventsPerSecond: number): void;
  /** Infinity if unlimited. */
  rate(): number;
}

const NO_LIMIT = 0;

export function createControl(): ThreadControl {
  return joinControl(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

export function joinControl(memory: SharedArrayBuffer): ThreadControl {
  const slots = new Int32Array(memory);
  return {
    memory,
    stop: () => void Atomics.store(slots, 0, 1),
    stopped: () => Atomics.load(slots, 0) === 1,
    setRate: (rate) => void Atomics.store(slots, 1, rate === Infinity ? NO_LIMIT : Math.max(1, Math.round(rate))),
    rate: () => Atomics.load(slots, 1) || Infinity,
  };
}
