import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../events/errors.ts';
import type { FlowStep, ParkedEvent, ParkingLot, UnitOfWork } from '../../ports/unit-of-work.ts';
import { openSqlite, removeDatabase, storageError } from './sqlite.ts';

/** A projection's SQLite file: its own tables and, beside them, what every projection has.
 *
 *    figtree_progress  one row: position (the checkpoint), version (of the projection), counters of its choice
 *    figtree_parked    events that wait, by position in the log
 *    figtree_step      steps of traced flows, newest STEPS_MAX of them
 */
export interface ProjectionFile extends UnitOfWork {
  readonly database: DatabaseSync;
  /** What a store holds in memory besides its rows. `flush` runs before a commit or an attempt ends, `forget` after
   *  anything was undone. */
  onTransaction(hooks: { flush: () => void; forget: () => void }): void;
  close(): void;
}

export const PROGRESS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS figtree_progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS figtree_parked (
    position INTEGER PRIMARY KEY, key TEXT NOT NULL, consumer TEXT, attempts INTEGER NOT NULL, error TEXT,
    retry_at_ms INTEGER);
  CREATE INDEX IF NOT EXISTS figtree_parked_key ON figtree_parked (key, position);
  CREATE INDEX IF NOT EXISTS figtree_parked_retry ON figtree_parked (retry_at_ms) WHERE retry_at_ms IS NOT NULL;
  CREATE TABLE IF NOT EXISTS figtree_step (
    step INTEGER PRIMARY KEY, correlation TEXT NOT NULL, position INTEGER NOT NULL, consumer TEXT NOT NULL,
    at TEXT NOT NULL, duration_us INTEGER NOT NULL, note TEXT);
  CREATE INDEX IF NOT EXISTS figtree_step_flow ON figtree_step (correlation, position);
`;

const STEPS_MAX = 100_000;

export interface ProjectionFileOptions {
  readonly path: string;
  /** Version of the projection's own tables. A file of an older one is thrown away and begun anew, because all of it can
   *  be built again from the log; one of a newer is refused with DATA_NEWER. */
  readonly version: number;
  readonly schema: string;
  readonly cacheMiB?: number;
}

export function openProjectionFile(options: ProjectionFileOptions): ProjectionFile {
  // After a crash a projection may fall back a little, with its checkpoint, and catches up from the log: NORMAL. Its
  // checkpoints of the WAL are few and large, because each one writes a page once however often it changed.
  const database = openSqlite(options.path, {
    synchronous: 'NORMAL',
    cacheMiB: options.cacheMiB ?? 16,
    autocheckpointMiB: 80,
  });
  try {
    // All or nothing, for whoever reads beside.
    database.exec('BEGIN IMMEDIATE');
    database.exec(PROGRESS_SCHEMA);
    const found = versionIn(database) ?? options.version;
    if (found < options.version) return beginAnew(database, options);
    if (found > options.version) throw newer(options, found);
    database.exec(options.schema);
    database.prepare('INSERT OR IGNORE INTO figtree_progress VALUES (1, 0, ?)').run(options.version);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isOpen) database.close();
    throw storageError(error, options.path);
  }
  return { ...unitOfWork(database, options.path), database, close: () => database.close() };
}

function versionIn(database: DatabaseSync): number | undefined {
  return (database.prepare('SELECT version FROM figtree_progress').get() as { version: number } | undefined)?.version;
}

function beginAnew(database: DatabaseSync, options: ProjectionFileOptions): ProjectionFile {
  database.close();
  removeDatabase(options.path);
  return openProjectionFile(options);
}

function newer({ path, version }: ProjectionFileOptions, found: number): FigtreeError {
  return new FigtreeError('DATA_NEWER', `${path} was written by a newer Figtree (version ${found}, known ${version})`);
}

function unitOfWork(database: DatabaseSync, path: string): UnitOfWork & Pick<ProjectionFile, 'onTransaction'> {
  const hooks: { flush: () => void; forget: () => void }[] = [];
  const flush = () => hooks.forEach((hook) => hook.flush());
  const forget = () => hooks.forEach((hook) => hook.forget());
  const readCheckpoint = database.prepare('SELECT position FROM figtree_progress');
  const saveCheckpoint = database.prepare('UPDATE figtree_progress SET position = ?');

  return {
    ...parking(database),
    ...steps(database),
    onTransaction: (hook) => void hooks.push(hook),
    checkpoint: () => (readCheckpoint.get() as { position: number }).position,
    async commit(work) {
      try {
        database.exec('BEGIN IMMEDIATE');
        const position = await work();
        flush();
        // A full disk may have ended the transaction; if somebody kept that to himself, the rows are gone already.
        if (!database.isTransaction) throw new FigtreeError('STORAGE_FAILED', `${path}: the transaction was lost`);
        saveCheckpoint.run(position);
        database.exec('COMMIT');
      } catch (error) {
        // A failed COMMIT may have rolled back by itself (a full disk does).
        if (database.isTransaction) database.exec('ROLLBACK');
        forget();
        throw storageError(error, path);
      }
    },
    async attempt(work) {
      flush();
      database.exec('SAVEPOINT attempt');
      try {
        await work();
        flush();
        database.exec('RELEASE attempt');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK TO attempt; RELEASE attempt');
        forget();
        throw storageError(error, path);
      }
    },
  };
}

interface ParkedRow {
  position: number;
  key: string;
  consumer: string | null;
  attempts: number;
  error: string | null;
  retry_at_ms: number | null;
}

function parking(database: DatabaseSync): ParkingLot {
  const all = database.prepare('SELECT * FROM figtree_parked ORDER BY position LIMIT ?');
  const ofKey = database.prepare('SELECT * FROM figtree_parked WHERE key = ? ORDER BY position LIMIT ?');
  const one = database.prepare('SELECT 1 FROM figtree_parked WHERE key = ? LIMIT 1');
  const count = database.prepare('SELECT count(*) AS events FROM figtree_parked');
  const put = database.prepare('INSERT OR REPLACE INTO figtree_parked VALUES (?, ?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM figtree_parked WHERE position = ?');
  const due = database.prepare('SELECT * FROM figtree_parked WHERE retry_at_ms <= ? ORDER BY retry_at_ms LIMIT ?');
  const next = database.prepare('SELECT min(retry_at_ms) AS at_ms FROM figtree_parked WHERE retry_at_ms IS NOT NULL');
  const renew = database.prepare('UPDATE figtree_parked SET attempts = 0, retry_at_ms = ? WHERE consumer IS NOT NULL');
  return {
    parked: ({ key, limit }) => toParkedEvents(key === undefined ? all.all(limit) : ofKey.all(key, limit)),
    isParked: (key) => one.get(key) !== undefined,
    parkedCount: () => (count.get() as { events: number }).events,
    park({ position, key, consumer, attempts, error, retryAtMs }) {
      put.run(position, key, consumer ?? null, attempts, error ?? null, retryAtMs ?? null);
    },
    unpark: (position) => void remove.run(position),
    dueForRetry: (nowMs, limit) => toParkedEvents(due.all(nowMs, limit)),
    nextRetryMs: () => (next.get() as { at_ms: number | null }).at_ms ?? Infinity,
    renewAttempts: (nowMs) => void renew.run(nowMs),
  };
}

function toParkedEvents(rows: unknown[]): ParkedEvent[] {
  return (rows as ParkedRow[]).map(({ position, key, consumer, attempts, error, retry_at_ms: retryAtMs }) => ({
    position,
    key,
    attempts,
    ...(consumer !== null && { consumer }),
    ...(error !== null && { error }),
    ...(retryAtMs !== null && { retryAtMs }),
  }));
}

function steps(database: DatabaseSync): Pick<UnitOfWork, 'recordSteps'> {
  const add = database.prepare('INSERT INTO figtree_step VALUES (NULL, ?, ?, ?, ?, ?, ?)');
  const prune = database.prepare(
    `DELETE FROM figtree_step WHERE step <= (SELECT max(step) - ${STEPS_MAX} FROM figtree_step)`,
  );
  return {
    recordSteps(taken: readonly FlowStep[]) {
      for (const step of taken) {
        const note = step.note === undefined ? null : JSON.stringify(step.note);
        add.run(step.correlationid, step.position, step.consumer, step.at, step.durationUs, note);
      }
      if (taken.length > 0) prune.run();
    },
  };
}
