import { createFifo, type Fifo } from '../../../resilience/fifo.ts';
import type { StreamRecord } from './stream-record.ts';

/** Records that wait to be sent, one lane a partition key. Of a lane only the first is ever on its way: Kinesis promises no
 *  order within a request nor across two that fail and are sent again, so the second goes when the first has arrived. */
export interface Lanes {
  add(record: StreamRecord): void;
  /** The first ones of lanes that are ready, which are on their way from now on. */
  take(max: { readonly count: number; readonly bytes: number }): StreamRecord[];
  /** It is through, or given up: its lane goes on. Gives the one that is next. */
  remove(record: StreamRecord): StreamRecord | undefined;
  /** It failed, and is the first of its lane again after a pause. */
  putBack(record: StreamRecord, pauseMs: number): void;
  /** Takes out what is not in the spool, of every lane that holds an expired record and has none on its way. In order of
   *  each key. `head` is the first of the record's lane. */
  takeExpired(isExpired: (record: StreamRecord, head: StreamRecord) => boolean): StreamRecord[];
  /** Takes out whatever is not in the spool and not on its way. The rest is sent no more. */
  end(): StreamRecord[];
  /** Whether records of a key wait here that are not in the spool. */
  holdsUnspooled(key: string): boolean;
  /** Of what could be taken now. */
  readonly ready: { readonly count: number; readonly bytes: number; readonly since: number | undefined };
}

interface Lane {
  readonly records: Fifo<StreamRecord>;
  state: 'ready' | 'sending' | 'pausing';
  readySince: number;
  pause?: NodeJS.Timeout;
}

/** `onReady` is called when there is something new to take. */
export function createLanes(onReady: () => void): Lanes {
  const lanes = new Map<string, Lane>();
  const ready = createReadyLanes(onReady);

  function laneOf({ key }: StreamRecord): Lane {
    const lane = lanes.get(key);
    if (lane === undefined) throw new Error('a record is in no lane');
    return lane;
  }

  function takeFrom(wanted: (lane: Lane) => boolean): StreamRecord[] {
    const taken = [...lanes].flatMap(([key, lane]) => {
      if (!wanted(lane)) return [];
      const some = takeUnspooled(lane);
      if (lane.records.length === 0) lanes.delete(key);
      return some;
    });
    ready.forgetEmpty();
    return taken;
  }

  return {
    add(record) {
      const known = lanes.get(record.key);
      if (known !== undefined) return known.records.push(record);
      const lane: Lane = { records: createFifo(), state: 'ready', readySince: record.queuedAt };
      lanes.set(record.key, lane);
      lane.records.push(record);
      ready.push(lane, record.queuedAt);
    },
    take: (max) => [...ready.take(max)],
    remove(record) {
      const lane = laneOf(record);
      lane.records.shift();
      const next = lane.records.first();
      if (next === undefined) lanes.delete(record.key);
      else ready.push(lane, next.queuedAt);
      return next;
    },
    putBack(record, pauseMs) {
      const lane = laneOf(record);
      if (pauseMs === 0) return ready.push(lane, performance.now());
      lane.state = 'pausing';
      lane.pause = setTimeout(() => ready.push(lane, performance.now()), pauseMs);
    },
    takeExpired: (isExpired) =>
      takeFrom(({ records, state }) => {
        const head = records.first();
        return head !== undefined && state !== 'sending' && [...records].some((record) => isExpired(record, head));
      }),
    end() {
      for (const { pause } of lanes.values()) clearTimeout(pause);
      return takeFrom(() => true);
    },
    holdsUnspooled(key) {
      const last = lanes.get(key)?.records.last();
      return last !== undefined && !isSpooled(last);
    },
    get ready() {
      return ready.summary();
    },
  };
}

/** The lanes whose first record could go now, in the order in which they became so. */
function createReadyLanes(onReady: () => void) {
  let lanes = createFifo<Lane>();
  let bytes = 0;

  return {
    push(lane: Lane, since: number): void {
      lane.state = 'ready';
      lane.readySince = since;
      lanes.push(lane);
      bytes += bytesOfFirst(lane);
      onReady();
    },
    *take(max: { readonly count: number; readonly bytes: number }): Generator<StreamRecord> {
      let taken = 0;
      for (let count = 0; count < max.count; count += 1) {
        const lane = lanes.first();
        const record = lane?.records.first();
        if (lane === undefined || record === undefined) return;
        // The first fits always: no record is larger than a request may be.
        if (count > 0 && (taken + record.bytes > max.bytes || record.alone === true)) return;
        lanes.shift();
        bytes -= record.bytes;
        lane.state = 'sending';
        taken += record.bytes;
        yield record;
        if (record.alone === true) return;
      }
    },
    /** Those from which everything was taken out. */
    forgetEmpty(): void {
      const still = [...lanes].filter((lane) => lane.records.length > 0);
      lanes = createFifo();
      still.forEach((lane) => lanes.push(lane));
      bytes = still.reduce((sum, lane) => sum + bytesOfFirst(lane), 0);
    },
    summary: () => ({ count: lanes.length, bytes, since: lanes.first()?.readySince }),
  };
}

function bytesOfFirst({ records }: Lane): number {
  return records.first()?.bytes ?? 0;
}

/** What stays in a lane are records of the spool, which all came before those that are taken out, and what is on its way. */
function takeUnspooled(lane: Lane): StreamRecord[] {
  const all = [...lane.records];
  const stays = (record: StreamRecord, place: number) => isSpooled(record) || (lane.state === 'sending' && place === 0);
  const taken = all.filter((record, place) => !stays(record, place));
  if (taken.length === 0) return [];
  while (lane.records.length > 0) lane.records.shift();
  all.filter(stays).forEach((record) => lane.records.push(record));
  if (lane.records.length === 0) clearTimeout(lane.pause);
  return taken;
}

// Those of the spool come first in every lane: what is new waits behind them, in the spool or here.
function isSpooled({ expiresAt }: StreamRecord): boolean {
  return expiresAt === Infinity;
}
