import { createFifo, type Fifo } from '../../../resilience/fifo.ts';
import type { StreamRecord } from './stream-record.ts';

/** Records that wait to be sent, one queue a partition key. Of a queue only the first is ever on its way: Kinesis promises no
 *  order within a request nor across two that fail and are sent again, so the second goes when the first has arrived. */
export interface RecordQueues {
  add(record: StreamRecord): void;
  /** The first ones of queues that are ready, which are on their way from now on. */
  take(max: { readonly count: number; readonly bytes: number }): StreamRecord[];
  /** It has arrived or was given up, and its queue continues. Returns the next one. */
  remove(record: StreamRecord): StreamRecord | undefined;
  /** It failed, and is the first of its queue again after a pause. */
  putBack(record: StreamRecord, pauseMs: number): void;
  /** Takes out what is not in the spool, of every queue that holds an expired record and has none on its way. In order of
   *  each key. `head` is the first of the record's queue. */
  takeExpired(isExpired: (record: StreamRecord, head: StreamRecord) => boolean): StreamRecord[];
  /** Takes out whatever is not in the spool and not on its way. The rest is sent no more. */
  end(): StreamRecord[];
  /** Whether records of a key wait here that are not in the spool. */
  holdsUnspooled(key: string): boolean;
  /** Of what could be taken now. */
  readonly ready: { readonly count: number; readonly bytes: number; readonly since: number | undefined };
}

interface Queue {
  readonly records: Fifo<StreamRecord>;
  state: 'ready' | 'sending' | 'pausing';
  readySince: number;
  pause?: NodeJS.Timeout;
}

/** `onReady` is called when there is something new to take. */
export function createRecordQueues(onReady: () => void): RecordQueues {
  const queues = new Map<string, Queue>();
  const ready = createReadyQueues(onReady);

  function queueOf({ key }: StreamRecord): Queue {
    const queue = queues.get(key);
    if (queue === undefined) throw new Error('a record is in no queue');
    return queue;
  }

  function takeFrom(wanted: (queue: Queue) => boolean): StreamRecord[] {
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

/** The queues whose first record could go now, in the order in which they became so. */
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
    *take(max: { readonly count: number; readonly bytes: number }): Generator<StreamRecord> {
      let taken = 0;
      for (let count = 0; count < max.count; count += 1) {
        const queue = queues.first();
        const record = queue?.records.first();
        if (queue === undefined || record === undefined) return;
        // The first fits always: no record is larger than a request may be.
        if (count > 0 && (taken + record.bytes > max.bytes || record.alone === true)) return;
        queues.shift();
        bytes -= record.bytes;
        queue.state = 'sending';
        taken += record.bytes;
        yield record;
        if (record.alone === true) return;
      }
    },
    /** Those from which everything was taken out. */
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

/** What stays in a queue are records of the spool, which all came before those that are taken out, and what is on its way. */
function takeUnspooled(queue: Queue): StreamRecord[] {
  const all = [...queue.records];
  const stays = (record: StreamRecord, place: number) =>
    isSpooled(record) || (queue.state === 'sending' && place === 0);
  const taken = all.filter((record, place) => !stays(record, place));
  if (taken.length === 0) return [];
  while (queue.records.length > 0) queue.records.shift();
  all.filter(stays).forEach((record) => queue.records.push(record));
  if (queue.records.length === 0) clearTimeout(queue.pause);
  return taken;
}

// Those of the spool come first in every queue: what is new waits behind them, in the spool or here.
function isSpooled({ expiresAt }: StreamRecord): boolean {
  return expiresAt === Infinity;
}
