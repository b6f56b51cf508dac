import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

// What a log knows about itself: its id, by which its archives are told from those of others, and the folder of the
// archive that it was trimmed to; and how many bytes the texts in its quarantine have, unless they have to be counted. Older logs get the table when they are next opened for writing.
const LOG_FACTS_SCHEMA =
  'CREATE TABLE IF NOT EXISTS log_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID';

type LogFact = 'id' | 'archive' | 'quarantine-bytes';

/** Gives the log an id if it has none. Inside of a transaction if there is one, else in one of its own. */
export function ensureLogId(database: DatabaseSync): void {
  if (readLogFact(database, 'id') !== undefined) return;
  database.exec(LOG_FACTS_SCHEMA);
  writeLogFact(database, 'id', randomUUID());
}

/** Undefined also for a log whose last writer knew of no facts. */
export function readLogFact(database: DatabaseSync, name: LogFact): string | undefined {
  if (!hasTable(database, 'log_fact')) return undefined;
  const row = database.prepare('SELECT value FROM log_fact WHERE name = ?').get(name);
  return (row as { value: string } | undefined)?.value;
}

export function writeLogFact(database: DatabaseSync, name: LogFact, value: string): void {
  database.exec(LOG_FACTS_SCHEMA);
  database.prepare('INSERT OR REPLACE INTO log_fact VALUES (?, ?)').run(name, value);
}

export function forgetLogFact(database: DatabaseSync, name: LogFact): void {
  if (hasTable(database, 'log_fact')) database.prepare('DELETE FROM log_fact WHERE name = ?').run(name);
}

export function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}
