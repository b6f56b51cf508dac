import { createFifo } from './fifo.ts';

/** Admits as many holders at a time as its limits allow, in order of request, so that a small one never overtakes a
 *  large one. */
export interface Semaphore<Holder extends { readonly bytes: number }> {
  /** Calls `enter` for each holder as soon as it fits, immediately if it does. A single holder always fits. */
  acquire(holders: readonly Holder[], enter: (holder: Holder) => void): void;
  release(holder: Holder): void;
  /** Lifts the limits, for those that wait and for all later ones. */
  open(): void;
  readonly count: number;
  readonly bytes: number;
}

interface Waiting<Holder> {
  readonly holders: readonly Holder[];
  readonly enter: (holder: Holder) => void;
  next: number;
}

export function createSemaphore<Holder extends { readonly bytes: number }>(max: {
  readonly count: number;
  readonly bytes?: number;
}): Semaphore<Holder> {
  const { bytes: bytesMax = Infinity } = max;
  const queue = createFifo<Waiting<Holder>>();
  let count = 0;
  let bytes = 0;
  let opened = false;
  let admitting = false;

  const fits = (holder: Holder) => opened || count === 0 || (count < max.count && bytes + holder.bytes <= bytesMax);

  function admit(): void {
    // A holder may release in `enter` and so call this again.
    if (admitting) return;
    admitting = true;
    for (let first = queue.first(); first !== undefined; first = queue.first()) {
      const { holders, enter } = first;
      for (let holder = holders[first.next]; holder !== undefined && fits(holder); holder = holders[first.next]) {
        first.next += 1;
        count += 1;
        bytes += holder.bytes;
        enter(holder);
      }
      if (first.next < holders.length) break;
      queue.shift();
    }
    admitting = false;
  }

  return {
    acquire(holders, enter) {
      queue.push({ holders, enter, next: 0 });
      admit();
    },
    release(holder) {
      count -= 1;
      bytes -= holder.bytes;
      admit();
    },
    open() {
      opened = true;
      admit();
    },
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
  };
}
