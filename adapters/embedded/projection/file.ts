import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import type { FlowStep, UnitOfWork } from '../../../ports/unit-of-work.ts';
import { beginProgress, PROJECTION_TABLES } from './tables.ts';
import { sqliteParkingLot } from './parking-lot.ts';
import { openSqlite, removeDatabase, storageError } from '../files/sqlite.ts';

/** A projection's SQLite file: its own tables and the tables of every projection (PROJECTION_TABLES). */
export interface ProjectionFile extends UnitOfWork {
  readonly database: DatabaseSync;
  /** For rows that a store buffers in memory. `flush` runs before a commit or an attempt ends, `forget` after a
   *  rollback. */
  onTransaction(hooks: { flush: () => void; forget: () => void }): void;
  close(): void;
}

const STEPS_MAX = 100_000;

export interface ProjectionFileOptions {
  readonly path: string;
  /** Version of the projection's own tables. A file of an older version is discarded and rebuilt from the log; one of a
   *  newer version is refused with DATA_NEWER. */
  readonly version: number;
  readonly schema: string;
  /** Called with an existing file of this version, before the schema is executed. Throws to leave it alone. */
  readonly check?: (database: DatabaseSync) => void;
  readonly cacheMiB?: number;
}

export function openProjectionFile(options: ProjectionFileOptions): ProjectionFile {
  // NORMAL: after power loss a projection may fall back a little, with its checkpoint, and catches up from the log.
  // Checkpoints of the WAL are few and large, because each writes a page once however often it changed.
  const database = openSqlite(options.path, {
    synchronous: 'NORMAL',
    cacheMiB: options.cacheMiB ?? 16,
    autocheckpointMiB: 80,
  });
  try {
    // Atomic for concurrent readers.
    database.exec('BEGIN IMMEDIATE');
    const found = versionIn(database);
    if (found !== undefined) {
      if (found < options.version) return beginAnew(database, options);
      if (found > options.version) throw newer(options, found);
      options.check?.(database);
    }
    database.exec(PROJECTION_TABLES);
    database.exec(options.schema);
    beginProgress(database, { position: 0, version: options.version });
    database.exec('COMMIT');
  } catch (error) {
    if (database.isOpen) database.close();
    throw storageError(error, options.path);
  }
  return { ...unitOfWork(database, options.path), database, close: () => database.close() };
}

/** Undefined for a new file. Checked before any table is created, because older versions have other tables with these
 *  names. */
function versionIn(database: DatabaseSync): number | undefined {
  const made = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'figtree_progress'").get();
  if (made === undefined) return undefined;
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
    ...sqliteParkingLot(database),
    ...steps(database),
    onTransaction: (hook) => void hooks.push(hook),
    checkpoint: () => (readCheckpoint.get() as { position: number }).position,
    async commit(work) {
      try {
        database.exec('BEGIN IMMEDIATE');
        const position = await work();
        flush();
        // A full disk may have ended the transaction; if the error was swallowed, the rows are lost already.
        if (!database.isTransaction) throw new FigtreeError('STORAGE_FAILED', `${path}: the transaction was lost`);
        saveCheckpoint.run(position);
        database.exec('COMMIT');
      } catch (error) {
        // A failed COMMIT may have rolled back already (on a full disk it does).
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
