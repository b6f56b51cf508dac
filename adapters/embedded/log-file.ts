import type { PersonFields } from '../../events/person-field.ts';
import type { ClockMark } from '../../ports/clock-mark.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { LegacyMemory } from '../../ports/legacy-memory.ts';
import type { Quarantine } from '../../ports/quarantine.ts';
import { type CommitStatistics, openDurableFile } from './durable-file.ts';
import { EVENT_LOG_SCHEMA } from './event-rows.ts';
import { type LogErasure, logErasure } from './log-erasure.ts';
import { CLOCK_MARK_SCHEMA, openSqliteClockMark } from './sqlite-clock-mark.ts';
import type { DataSealing } from './sealed-data.ts';
import { openSqliteEventLog } from './sqlite-event-log.ts';
import { LEGACY_MEMORY_SCHEMA, openSqliteLegacyMemory } from './sqlite-legacy-memory.ts';
import { openSqliteQuarantine, QUARANTINE_SCHEMA } from './sqlite-quarantine.ts';

/** All that `log.db` holds, for its one writer: what comes in together is durable by one fsync. */
export interface LogFile {
  readonly log: EventLog;
  readonly quarantine: Quarantine;
  readonly memory: LegacyMemory;
  readonly clockMark: ClockMark;
  readonly statistics: CommitStatistics;
  erasure(fields: PersonFields): LogErasure;
  /** Commits what was handed over, then closes. */
  close(): Promise<void>;
}

/** `sealing` says what becomes of what is said about persons. */
export function openLogFile(path: string, sealing?: DataSealing): LogFile {
  const file = openDurableFile(path, EVENT_LOG_SCHEMA + QUARANTINE_SCHEMA + LEGACY_MEMORY_SCHEMA + CLOCK_MARK_SCHEMA);
  return {
    log: openSqliteEventLog(file, sealing && { sealing }),
    quarantine: openSqliteQuarantine(file),
    memory: openSqliteLegacyMemory(file),
    clockMark: openSqliteClockMark(file),
    statistics: file.statistics,
    erasure: (fields) => logErasure(file, fields),
    close: file.close,
  };
}
