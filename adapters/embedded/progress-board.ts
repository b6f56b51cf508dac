import { projectionNames, type Progress, type ProjectionName } from '../../ports/progress.ts';

/** Positions that all threads of the process see: the log's head, and how far each projection is. Whoever waits is woken
 *  by the memory itself (Atomics), so that neither a commit nor a checkpoint costs a message per thread.
 *
 *  64-bit slots: 0 the head; then per projection its position, its fan-out counter, its parked events, 1 while it has
 *  stopped, since when it pauses, and when it last got on. */
export interface ProgressBoard extends Progress {
  /** Give it to a thread as it is: `joinProgressBoard` opens it there. */
  readonly memory: SharedArrayBuffer;
  setHead(position: number): void;
  setProgress(projection: ProjectionName, progress: ProjectionProgress): void;
  progress(projection: ProjectionName): ProjectionProgress;
  /** It gets on, although its position does not show it yet. */
  worked(projection: ProjectionName): void;
  /** For how long it has not got on, by a clock that nobody sets. */
  stillMs(projection: ProjectionName): number;
}

export interface ProjectionProgress {
  readonly position: number;
  /** Feed entries made since the projection was opened; 0 for the others. */
  readonly feedEntries: number;
  readonly parked: number;
  /** It cannot write (a full disk) or its thread died; it tries again from time to time. */
  readonly stopped: boolean;
  /** Since when it pauses because a consumer fails at most events, in milliseconds since 1970. */
  readonly pausedSinceMs?: number;
}

const SLOTS_PER_PROJECTION = 6;
const slotOf = (projection: ProjectionName) => 1 + projectionNames.indexOf(projection) * SLOTS_PER_PROJECTION;

export function createProgressBoard(): ProgressBoard {
  const slots = 1 + projectionNames.length * SLOTS_PER_PROJECTION;
  return joinProgressBoard(new SharedArrayBuffer(slots * BigInt64Array.BYTES_PER_ELEMENT));
}

export function joinProgressBoard(memory: SharedArrayBuffer): ProgressBoard {
  const board = new BigInt64Array(memory);
  const read = (slot: number) => Number(Atomics.load(board, slot));
  const write = (slot: number, value: number) => void Atomics.store(board, slot, BigInt(value));

  // The threads of a process share this clock.
  const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
  const worked = (projection: ProjectionName) => write(slotOf(projection) + 5, nowMs());

  async function beyond(slot: number, position: number, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = Atomics.load(board, slot);
      if (Number(seen) > position) return true;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      const wait = Atomics.waitAsync(board, slot, seen, leftMs);
      if (wait.async) await wait.value;
    }
  }

  return {
    memory,
    head: () => read(0),
    setHead(position) {
      write(0, position);
      Atomics.notify(board, 0);
    },
    position: (projection) => read(slotOf(projection)),
    progress(projection) {
      const slot = slotOf(projection);
      return {
        position: read(slot),
        feedEntries: read(slot + 1),
        parked: read(slot + 2),
        stopped: read(slot + 3) === 1,
        ...(read(slot + 4) > 0 && { pausedSinceMs: read(slot + 4) }),
      };
    },
    worked,
    stillMs: (projection) => nowMs() - read(slotOf(projection) + 5),
    setProgress(projection, { position, feedEntries, parked, stopped, pausedSinceMs = 0 }) {
      const slot = slotOf(projection);
      if (position !== read(slot) || read(slot + 5) === 0) worked(projection);
      write(slot + 4, pausedSinceMs);
      write(slot + 1, feedEntries);
      write(slot + 2, parked);
      write(slot + 3, stopped ? 1 : 0);
      write(slot, position);
      Atomics.notify(board, slot);
    },
    headBeyond: (position, timeoutMs) => beyond(0, position, timeoutMs),
    reached: (projection, position, timeoutMs) => beyond(slotOf(projection), position - 1, timeoutMs),
  };
}
