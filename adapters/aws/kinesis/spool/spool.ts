import { mkdir } from 'node:fs/promises';
import { FigtreeError, isFigtreeError } from '../../../../events/errors.ts';
import { takeSpoolLock } from './lock.ts';
import { setAside } from './segments.ts';
import { full, openSpoolStore, type SpooledLine, type SpoolStore } from './store.ts';
import type { StreamRecord } from '../stream-record.ts';

/** Where records lie while Kinesis is away: one JSON envelope a line, in segments that are removed when all of them has
 *  arrived. What a killed process has left is sent by the next one. */
export interface Spool {
  /** A part of it is not queued yet, so later events have to follow it. */
  readonly holdsBack: boolean;
  /** Settles it once it survives a power loss. `givenUp`: it was tried long enough, and has to be written. Rejects with
   *  STORAGE_FULL or STORAGE_FAILED, and everything that waits to be written with it. */
  add(record: StreamRecord, options?: { readonly givenUp?: boolean }): void;
  statistics(): SpoolStatistics;
  /** Writes what was added, and leaves on the disk what has not arrived. */
  close(): Promise<void>;
}

export interface SpoolStatistics {
  /** Since it was opened. */
  readonly spooled: number;
  readonly drained: number;
  /** Lines that can never be sent: they were put into set-aside.ndjson. */
  readonly setAside: number;
  /** On the disk now. */
  readonly bytes: number;
}

export interface SpoolSettings {
  readonly folder: string;
  readonly bytesMax: number;
  readonly segmentBytes: number;
  /** Of what was read and has not arrived. */
  readonly windowBytes: number;
}

interface Parts extends SpoolSettings {
  /** Into the queues, the oldest first. */
  readonly load: (record: StreamRecord) => void;
  /** Kinesis does not answer: what comes had better be written at once. */
  readonly isAway: () => boolean;
}

const WRITE_RECORDS_MAX = 5000;
const READ_AGAIN_MS = 1000;

interface Added {
  readonly record: StreamRecord;
  readonly givenUp: boolean;
}

/** DATA_IN_USE if another process has this folder, STORAGE_FULL or STORAGE_FAILED if nothing can be written there. */
export async function openSpool(parts: Parts): Promise<Spool> {
  const { folder, windowBytes, load, isAway } = parts;
  const store = await openStore(parts).catch((error: unknown) => {
    throw failureOf(folder, error);
  });
  const draining = createDraining({ folder, windowBytes, store, load, run });
  let pending: Added[] = [];
  let writing = 0;
  let running: Promise<void> | undefined;
  let closing = false;
  let spooled = 0;

  const mayRead = () => !closing && draining.mayRead();
  const hasWork = () => pending.length > 0 || mayRead() || store.hasDone;

  function run(): void {
    running ??= turns().finally(() => {
      running = undefined;
      if (hasWork()) run();
    });
  }

  async function turns(): Promise<void> {
    while (hasWork()) {
      if (pending.length > 0 && !handOver()) await write();
      if (mayRead()) await draining.read();
      await store.removeDone();
    }
  }

  /** Everything that came before is in the queues: what was not written yet need not be, and follows it there. */
  function handOver(): boolean {
    if (closing || store.hasUnread || isAway() || pending.some(({ givenUp }) => givenUp)) return false;
    const handed = pending;
    pending = [];
    for (const { record } of handed) load(record);
    return true;
  }

  async function write(): Promise<void> {
    const batch = pending.slice(0, WRITE_RECORDS_MAX);
    pending = pending.slice(WRITE_RECORDS_MAX);
    writing = batch.length;
    try {
      await store.write(batch.map(({ record }) => record.data));
      spooled += batch.length;
      for (const { record } of batch) record.settle();
    } catch (error) {
      // Those that came meanwhile may belong behind one of these.
      const all = [...batch, ...pending];
      pending = [];
      for (const { record } of all) record.settle(failureOf(folder, error));
    } finally {
      writing = 0;
    }
  }

  if (hasWork()) run();
  return {
    get holdsBack() {
      return pending.length + writing > 0 || store.hasUnread || (!store.isEmpty && isAway());
    },
    add(record, { givenUp = false } = {}) {
      pending.push({ record, givenUp });
      run();
    },
    statistics: () => ({ ...draining.statistics, spooled, bytes: store.bytes }),
    async close() {
      closing = true;
      while (running !== undefined) await running;
      await store.close();
    },
  };
}

async function openStore(parts: Parts): Promise<SpoolStore> {
  await mkdir(parts.folder, { recursive: true, mode: 0o700 });
  const lock = await takeSpoolLock(parts.folder);
  try {
    return await openSpoolStore({ ...parts, lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface DrainingParts extends Pick<Parts, 'folder' | 'windowBytes' | 'load'> {
  readonly store: SpoolStore;
  /** There may be something to do again. */
  readonly run: () => void;
}

/** From the disk into the queues, a window at a time. */
function createDraining({ folder, windowBytes, store, load, run }: DrainingParts) {
  const statistics = { drained: 0, setAside: 0 };
  let inWindow = 0;
  let readAgainAt = 0;

  async function leave({ line, arrived }: SpooledLine, failure?: FigtreeError): Promise<void> {
    if (failure !== undefined) await setAside(folder, line);
    statistics[failure === undefined ? 'drained' : 'setAside'] += 1;
    arrived();
    inWindow -= line.length;
    run();
  }

  return {
    statistics,
    mayRead: () => store.hasUnread && inWindow < windowBytes && performance.now() >= readAgainAt,
    async read(): Promise<void> {
      try {
        for (const spooled of await store.read()) {
          inWindow += spooled.line.length;
          // If it can be kept nowhere else, it stays where it is, with its segment.
          const settle = (failure?: FigtreeError) => void leave(spooled, failure).catch(() => undefined);
          const record = spooledRecord(spooled.line, settle);
          if (record === undefined) settle(new FigtreeError('DATA_DAMAGED', 'This is not a record'));
          else load(record);
        }
      } catch {
        readAgainAt = performance.now() + READ_AGAIN_MS;
        setTimeout(run, READ_AGAIN_MS + 1).unref();
      }
    },
  };
}

/** Undefined if it is none, which is a damaged disk's doing. */
function spooledRecord(line: Buffer, settle: StreamRecord['settle']): StreamRecord | undefined {
  try {
    const { partitionkey: key } = JSON.parse(line.toString()) as { partitionkey?: unknown };
    if (typeof key !== 'string') return undefined;
    const bytes = line.length + Buffer.byteLength(key);
    return { key, data: line, bytes, queuedAt: performance.now(), expiresAt: Infinity, tries: 0, settle };
  } catch {
    return undefined;
  }
}

function failureOf(folder: string, error: unknown): FigtreeError {
  const { code, name } = error as NodeJS.ErrnoException;
  if (isFigtreeError(error)) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return full(folder, error);
  return new FigtreeError('STORAGE_FAILED', `The spool ${folder} cannot be written: ${code ?? name}`, {
    folder,
    cause: error,
  });
}
