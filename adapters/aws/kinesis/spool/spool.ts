import { mkdir } from 'node:fs/promises';
import { FigtreeError, isFigtreeError } from '../../../../events/errors.ts';
import { takeSpoolLock } from './lock.ts';
import { setAside } from './segments.ts';
import { full, openSpoolStore, type SpooledLine, type SpoolStore } from './store.ts';
import type { KinesisRecord } from '../stream-record.ts';

/** Stores records while Kinesis is unreachable: one JSON envelope per line, in segments that are removed when all of
 *  their lines have arrived. The next process sends what a killed one has left. */
export interface Spool {
  /** Part of the spool is not queued yet, so later events have to be spooled behind it. */
  readonly hasUnqueued: boolean;
  /** Settles the record once it survives power loss. `givenUp`: sending has failed for too long, so it has to be
   *  written. Rejects with STORAGE_FULL or STORAGE_FAILED, together with all other records that wait to be written. */
  add(record: KinesisRecord, options?: { readonly givenUp?: boolean }): void;
  statistics(): SpoolStatistics;
  /** Writes what was added, and leaves on the disk what has not arrived. */
  close(): Promise<void>;
}

export interface SpoolStatistics {
  /** Since it was opened. */
  readonly spooled: number;
  readonly drained: number;
  /** Lines that can never be sent: they were moved to set-aside.ndjson. */
  readonly setAside: number;
  /** Current size on disk. */
  readonly bytes: number;
}

export interface SpoolSettings {
  readonly folder: string;
  readonly bytesMax: number;
  readonly segmentBytes: number;
  /** Most bytes that were read and have not arrived. */
  readonly windowBytes: number;
}

interface Parts extends SpoolSettings {
  /** Adds records to the queues, the oldest first. */
  readonly load: (record: KinesisRecord) => void;
  /** Kinesis does not answer: new records should be written immediately. */
  readonly isAway: () => boolean;
}

const WRITE_RECORDS_MAX = 5000;
const READ_AGAIN_MS = 1000;

interface Added {
  readonly record: KinesisRecord;
  readonly givenUp: boolean;
}

/** Throws DATA_IN_USE if another process holds this folder, STORAGE_FULL or STORAGE_FAILED if it cannot be written. */
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

  /** If everything earlier is queued, records that are not yet written need not be, and follow it there. */
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
      // Records added meanwhile may have to follow one of these.
      const all = [...batch, ...pending];
      pending = [];
      for (const { record } of all) record.settle(failureOf(folder, error));
    } finally {
      writing = 0;
    }
  }

  if (hasWork()) run();
  return {
    get hasUnqueued() {
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
  /** There may be work again. */
  readonly run: () => void;
}

/** Moves records from the disk to the queues, a window at a time. */
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
          // If it cannot be set aside, it stays in its segment.
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

/** Undefined if the line is no record, which means a damaged disk. */
function spooledRecord(line: Buffer, settle: KinesisRecord['settle']): KinesisRecord | undefined {
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
