import type { Progress, ProjectionName } from '../../../ports/progress.ts';

/** Positions in memory shared by all threads of the process: the log's head, and the progress of each projection. Waiting
 *  threads are woken by Atomics, so that neither a commit nor a checkpoint costs a message per thread.
 *
 *  A projection has two banks of slots, because two versions of it may run at once. Its progress is that of its live
 *  bank, and a single store makes the other bank live.
 *
 *  64-bit slots: 0 the head; then per projection the number of its live bank, a count of all updates (waiting threads
 *  sleep on it), and per bank the position, the fan-out counter, the parked events, 1 while it has stopped, since when
 *  it is paused, and when it last made progress. */
export interface ProgressBoard extends Progress {
  /** Pass it to a thread as it is: `joinProgressBoard` opens it there. */
  readonly shared: SharedBoard;
  setHead(position: number): void;
  /** Sets the progress of the live bank. */
  setProgress(projection: ProjectionName, progress: ProjectionProgress): void;
  progress(projection: ProjectionName): ProjectionProgress;
  worked(projection: ProjectionName): void;
  stillMs(projection: ProjectionName): number;

  liveBank(projection: ProjectionName): Bank;
  bank(projection: ProjectionName, bank: Bank): ProgressBank;
  /** Throws if the position would decrease. */
  makeLive(projection: ProjectionName, bank: Bank): void;
}

export interface SharedBoard {
  /** In the order of their slots. */
  readonly names: readonly ProjectionName[];
  readonly memory: SharedArrayBuffer;
}

export type Bank = 0 | 1;
export const otherBank = (bank: Bank): Bank => (bank === 0 ? 1 : 0);

/** One version's part of the board. */
export interface ProgressBank {
  set(progress: ProjectionProgress): void;
  /** It has made progress that its position does not show yet. */
  worked(): void;
  /** Duration without progress, by a monotonic clock. */
  stillMs(): number;
  progress(): ProjectionProgress;
  /** Like `reached`, of this version. */
  reached(position: number, timeoutMs: number): Promise<boolean>;
}

export interface ProjectionProgress {
  readonly position: number;
  /** Feed entries made since the projection was opened; 0 for other projections. */
  readonly feedEntries: number;
  readonly parked: number;
  /** It cannot write (a full disk) or its thread died; it retries from time to time. */
  readonly stopped: boolean;
  /** Since when it is paused because a consumer fails at most events, in milliseconds since 1970. */
  readonly pausedSinceMs?: number;
}

export const NO_PROGRESS: ProjectionProgress = { position: 0, feedEntries: 0, parked: 0, stopped: false };

const HEAD = 0;
const BANKS = 2;
const SLOTS_PER_BANK = 6;
const SLOTS_PER_PROJECTION = 2 + BANKS * SLOTS_PER_BANK;

export function createProgressBoard(names: readonly ProjectionName[]): ProgressBoard {
  const slots = 1 + names.length * SLOTS_PER_PROJECTION;
  return joinProgressBoard({ names, memory: new SharedArrayBuffer(slots * BigInt64Array.BYTES_PER_ELEMENT) });
}

interface Watched {
  /** A slot that changes whenever the position may have changed. */
  readonly changing: number;
  readonly position: () => number;
}

export function joinProgressBoard(shared: SharedBoard): ProgressBoard {
  const slots = openSlots(shared);
  const { liveSlotOf, updatesSlotOf, bankSlotOf, read, write, signal, beyond } = slots;
  const liveBank = (projection: ProjectionName): Bank => (read(liveSlotOf(projection)) === 0 ? 0 : 1);
  const position = (projection: ProjectionName) => read(bankSlotOf(projection, liveBank(projection)));
  const bank = (projection: ProjectionName, number: Bank) => openBank(slots, projection, number);
  const live = (projection: ProjectionName) => bank(projection, liveBank(projection));

  return {
    shared,
    head: () => read(HEAD),
    setHead(head) {
      write(HEAD, head);
      slots.wake(HEAD);
    },
    position,
    liveBank,
    bank,
    progress: (projection) => live(projection).progress(),
    setProgress: (projection, progress) => live(projection).set(progress),
    worked: (projection) => live(projection).worked(),
    stillMs: (projection) => live(projection).stillMs(),
    makeLive(projection, number) {
      const next = read(bankSlotOf(projection, number));
      if (next < position(projection)) throw new Error(`${projection} would go back to ${next}`);
      write(liveSlotOf(projection), number);
      signal(projection);
    },
    headBeyond: (after, timeoutMs) => beyond({ changing: HEAD, position: () => read(HEAD) }, after, timeoutMs),
    reached: (projection, at, timeoutMs) =>
      beyond({ changing: updatesSlotOf(projection), position: () => position(projection) }, at - 1, timeoutMs),
  };
}

type Slots = ReturnType<typeof openSlots>;

function openSlots({ names, memory }: SharedBoard) {
  const board = new BigInt64Array(memory);
  const firstSlots = new Map(names.map((name, index) => [name, 1 + index * SLOTS_PER_PROJECTION]));
  function liveSlotOf(projection: ProjectionName): number {
    const slot = firstSlots.get(projection);
    if (slot === undefined) throw new Error(`there is no projection ${projection}`);
    return slot;
  }
  const updatesSlotOf = (projection: ProjectionName) => liveSlotOf(projection) + 1;
  const wake = (slot: number) => void Atomics.notify(board, slot);
  return {
    liveSlotOf,
    updatesSlotOf,
    bankSlotOf: (projection: ProjectionName, bank: Bank) => liveSlotOf(projection) + 2 + bank * SLOTS_PER_BANK,
    read: (slot: number) => Number(Atomics.load(board, slot)),
    write: (slot: number, value: number) => void Atomics.store(board, slot, BigInt(value)),
    wake,
    signal(projection: ProjectionName): void {
      const slot = updatesSlotOf(projection);
      Atomics.add(board, slot, 1n);
      wake(slot);
    },
    async beyond({ changing, position }: Watched, after: number, timeoutMs: number): Promise<boolean> {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const seen = Atomics.load(board, changing);
        if (position() > after) return true;
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) return false;
        const wait = Atomics.waitAsync(board, changing, seen, leftMs);
        if (wait.async) await wait.value;
      }
    },
  };
}

// The threads of a process share this clock.
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);

function openBank(slots: Slots, projection: ProjectionName, bank: Bank): ProgressBank {
  const { bankSlotOf, updatesSlotOf, read, write, signal, beyond } = slots;
  const slot = bankSlotOf(projection, bank);
  const worked = () => write(slot + 5, nowMs());
  return {
    progress: () => ({
      position: read(slot),
      feedEntries: read(slot + 1),
      parked: read(slot + 2),
      stopped: read(slot + 3) === 1,
      ...(read(slot + 4) > 0 && { pausedSinceMs: read(slot + 4) }),
    }),
    worked,
    stillMs: () => nowMs() - read(slot + 5),
    set(progress) {
      if (progress.position !== read(slot) || read(slot + 5) === 0) worked();
      write(slot + 4, progress.pausedSinceMs ?? 0);
      write(slot + 1, progress.feedEntries);
      write(slot + 2, progress.parked);
      write(slot + 3, progress.stopped ? 1 : 0);
      write(slot, progress.position);
      signal(projection);
    },
    reached: (at, timeoutMs) =>
      beyond({ changing: updatesSlotOf(projection), position: () => read(slot) }, at - 1, timeoutMs),
  };
}
