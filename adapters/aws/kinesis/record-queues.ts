import { createFifo, type Fifo } from '../../../resilience/fifo.ts';
import type { KinesisRecord } from './stream-record.ts';

/** Records that wait to be sent, one queue per partition key. Only the first of a queue is ever in flight: Kinesis
 *  guarantees no order within a request nor across two that fail and are sent again, so the second is sent when the
 *  first has arrived. */
export interface RecordQueues {
  add(record: KinesisRecord): void;
  /** The first records of the ready queues; they are in flight from now on. */
  take(max: { readonly count: number; readonly bytes: number }): KinesisRecord[];
  /** The record has arrived or was given up, and its queue continues. Returns the next one. */
  remove(record: KinesisRecord): KinesisRecord | undefined;
  /** The record failed, and is retried first in its queue after a pause. */
  putBack(record: KinesisRecord, pauseMs: number): void;
  /** Removes the records that are not in the spool from every queue that holds an expired record and has none in
   *  flight. In order of each key. `head` is the first of the record's queue. */
  takeExpired(isExpired: (record: KinesisRecord, head: KinesisRecord) => boolean): KinesisRecord[];
  /** Removes all records that are neither in the spool nor in flight. No others are sent any more. */
  end(): KinesisRecord[];
  /** Whether records of a key wait here that are not in the spool. */
  holdsUnspooled(key: string): boolean;
  /** Records that could be taken now. */
  readonly ready: { readonly count: number; readonly bytes: number; readonly since: number | undefined };
}

interface Queue {
  readonly records: Fifo<KinesisRecord>;
  state: 'ready' | 'sending' | 'pausing';
  readySince: number;
  pause?: NodeJS.Timeout;
}

/** `onReady` is called when there is something new to take. */
export function createRecordQueues(onReady: () => void): RecordQueues {
  const queues = new Map<string, Queue>();
  const ready = createReadyQueues(onReady);

  function queueOf({ key }: KinesisRecord): Queue {
    const queue = queues.get(key);
    if (queue === undefined) throw new Error('a record is in no queue');
    return queue;
  }

  function takeFrom(wanted: (queue: Queue) => boolean): KinesisRecord[] {
    const taken = [...queues].flatMap(([key, queue]) => {
      if (!wanted(queue)) return [];
      const some = takeUnspooled(queue);
      if (queue.records.length === 0) queues.delete(key);
      return some;
    });
    ready.forgetEmpty();
    return taken;
  }

  return {
    add(record) {
      const known = queues.get(record.key);
      if (known !== undefined) return known.records.push(record);
      const queue: Queue = { records: createFifo(), state: 'ready', readySince: record.queuedAt };
      queues.set(record.key, queue);
      queue.records.push(record);
      ready.push(queue, record.queuedAt);
    },
    take: (max) => [...ready.take(max)],
    remove(record) {
      const queue = queueOf(record);
      queue.records.shift();
      const next = queue.records.first();
      if (next === undefined) queues.delete(record.key);
      else ready.push(queue, next.queuedAt);
      return next;
    },
    putBack(record, pauseMs) {
      const queue = queueOf(record);
      if (pauseMs === 0) return ready.push(queue, performance.now());
      queue.state = 'pausing';
      queue.pause = setTimeout(() => ready.push(queue, performance.now()), pauseMs);
    },
    takeExpired: (isExpired) =>
      takeFrom(({ records, state }) => {
        const head = records.first();
        return head !== undefined && state !== 'sending' && [...records].some((record) => isExpired(record, head));
      }),
    end() {
      for (const { pause } of queues.values()) clearTimeout(pause);
      return takeFrom(() => true);
    },
    holdsUnspooled(key) {
      const last = queues.get(key)?.records.last();
      return last !== undefined && !isSpooled(last);
    },
    get ready() {
      return ready.summary();
    },
  };
}

/** The queues whose first record may be sent, in the order in which they became ready. */
function createReadyQueues(onReady: () => void) {
  let queues = createFifo<Queue>();
  let bytes = 0;

  return {
    push(queue: Queue, since: number): void {
      queue.state = 'ready';
      queue.readySince = since;
      queues.push(queue);
      bytes += bytesOfFirst(queue);
      onReady();
    },
    *take(max: { readonly count: number; readonly bytes: number }): Generator<KinesisRecord> {
      let taken = 0;
      for (let count = 0; count < max.count; count += 1) {
        const queue = queues.first();
        const record = queue?.records.first();
        if (queue === undefined || record === undefined) return;
        // The first always fits: no record exceeds the size of a request.
        if (count > 0 && (taken + record.bytes > max.bytes || record.alone === true)) return;
        queues.shift();
        bytes -= record.bytes;
        queue.state = 'sending';
        taken += record.bytes;
        yield record;
        if (record.alone === true) return;
      }
    },
    /** Removes the queues that were emptied. */
    forgetEmpty(): void {
      const still = [...queues].filter((queue) => queue.records.length > 0);
      queues = createFifo();
      still.forEach((queue) => queues.push(queue));
      bytes = still.reduce((sum, queue) => sum + bytesOfFirst(queue), 0);
    },
    summary: () => ({ count: queues.length, bytes, since: queues.first()?.readySince }),
  };
}

function bytesOfFirst({ records }: Queue): number {
  return records.first()?.bytes ?? 0;
}

/** Keeps the spooled records of a queue, which all precede the removed ones, and the one in flight. */
function takeUnspooled(queue: Queue): KinesisRecord[] {
  const all = [...queue.records];
  const stays = (record: KinesisRecord, place: number) =>
    isSpooled(record) || (queue.state === 'sending' && place === 0);
  const taken = all.filter((record, place) => !stays(record, place));
  if (taken.length === 0) return [];
  while (queue.records.length > 0) queue.records.shift();
  all.filter(stays).forEach((record) => queue.records.push(record));
  if (queue.records.length === 0) clearTimeout(queue.pause);
  return taken;
}

// Spooled records come first in every queue: new ones wait behind them, in the spool or here.
function isSpooled({ expiresAt }: KinesisRecord): boolean {
  return expiresAt === Infinity;
}
