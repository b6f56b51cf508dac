/** What a thread of a rebuild looks at while it works, since it hears no message then: whether it is to stop, and how many
 *  events a second it may do. */
export interface RebuildControl {
  readonly memory: SharedArrayBuffer;
  stop(): void;
  stopped(): boolean;
  setRate(eventsPerSecond: number): void;
  /** Infinity if nothing holds it back. */
  rate(): number;
}

const NO_LIMIT = 0;

export function createRebuildControl(): RebuildControl {
  return joinRebuildControl(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

export function joinRebuildControl(memory: SharedArrayBuffer): RebuildControl {
  const slots = new Int32Array(memory);
  return {
    memory,
    stop: () => void Atomics.store(slots, 0, 1),
    stopped: () => Atomics.load(slots, 0) === 1,
    setRate: (rate) => void Atomics.store(slots, 1, rate === Infinity ? NO_LIMIT : Math.max(1, Math.round(rate))),
    rate: () => Atomics.load(slots, 1) || Infinity,
  };
}
