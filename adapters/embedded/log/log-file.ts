import type { DatabaseSync } from 'node:sqlite';
import type { PersonFields } from '../../../events/person-field.ts';
import type { ClockMark } from '../../../ports/clock-mark.ts';
import type { LegacyMemory } from '../../../ports/legacy-memory.ts';
import type { Quarantine } from '../../../ports/quarantine.ts';
import { type DurableFile, openDurableFile } from '../files/durable-file.ts';
import { EVENT_LOG_SCHEMA } from './event-rows.ts';
import { type LogErasure, logErasure } from './erasure.ts';
import { ensureLogId, readLogFact } from './facts.ts';
import { QUARANTINE_SCHEMA } from '../quarantine/rows.ts';
import type { DataSealing } from '../keys/sealed-data.ts';
import { NOT_SEALED, SEAL_PREFIX } from '../keys/sealed-text.ts';
import { CLOCK_MARK_SCHEMA, openSqliteClockMark } from './clock-mark.ts';
import { openSqliteEventLog, type TrimmableEventLog } from './event-log.ts';
import { LEGACY_MEMORY_SCHEMA, openSqliteLegacyMemory } from './legacy-memory.ts';
import { openSqliteQuarantine } from '../quarantine/quarantine.ts';

/** The contents of `log.db`, for its only writer: everything that arrives together becomes durable with one fsync. */
export interface LogFile extends Pick<DurableFile, 'path' | 'statistics' | 'pause' | 'onCommitted'> {
  readonly log: TrimmableEventLog;
  readonly quarantine: Quarantine;
  readonly memory: LegacyMemory;
  readonly clockMark: ClockMark;
  /** Identifies the log; undefined while there is no space to store it. */
  id(): string | undefined;
  /** Sizes of the file, and of the part that is free for new events. */
  size(): { readonly bytes: number; readonly freeBytes: number };
  /** Whether anything in it is sealed. Reads an unsealed log completely, newest first. */
  holdsSealed(): boolean;
  erasure(fields: PersonFields): LogErasure;
  /** Commits pending writes, then closes. */
  close(): Promise<void>;
}

export const LOG_FILE_SCHEMA = EVENT_LOG_SCHEMA + QUARANTINE_SCHEMA + LEGACY_MEMORY_SCHEMA + CLOCK_MARK_SCHEMA;

/** `sealing` seals personal text. */
export function openLogFile(path: string, sealing?: DataSealing): LogFile {
  const file = openDurableFile(path, LOG_FILE_SCHEMA);
  // A full disk must not keep a log from being read; it gets its id another time.
  if (readLogFact(file.database, 'id') === undefined) file.enqueue(ensureLogId).catch(() => {});
  return {
    path,
    log: openSqliteEventLog(file, sealing && { sealing }),
    quarantine: openSqliteQuarantine(file, { sealing: sealing?.refusals }),
    memory: openSqliteLegacyMemory(file),
    clockMark: openSqliteClockMark(file),
    statistics: file.statistics,
    pause: file.pause,
    onCommitted: file.onCommitted,
    id: () => readLogFact(file.database, 'id'),
    size: () => sizeOf(file.database),
    holdsSealed: () => containsSealed(file.database),
    erasure: (fields) => logErasure(file, fields, sealing?.refusals),
    close: file.close,
  };
}

function containsSealed(database: DatabaseSync): boolean {
  if (database.prepare('SELECT 1 FROM quarantine WHERE sealed IS NOT NULL LIMIT 1').get() !== undefined) return true;
  const select = database.prepare('SELECT data FROM event WHERE instr(data, ?) > 0 ORDER BY position DESC');
  for (const row of select.iterate(`"${SEAL_PREFIX}`)) {
    // A plain text with the same prefix is marked as plain.
    if (String(row['data']).replaceAll(`"${NOT_SEALED}`, '').includes(`"${SEAL_PREFIX}`)) return true;
  }
  return false;
}

function sizeOf(database: DatabaseSync): ReturnType<LogFile['size']> {
  const of = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const page = of('page_size');
  return { bytes: of('page_count') * page, freeBytes: of('freelist_count') * page };
}
