import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

// A log's facts about itself: its id, which tells its archives from others, and the folder of the archive that it was
// trimmed to; and the size of the texts in its quarantine, unless they have to be counted. Older logs get the table
// when they are next opened for writing.
const LOG_FACTS_SCHEMA =
  'CREATE TABLE IF NOT EXISTS log_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID';

type LogFact = 'id' | 'archive' | 'quarantine-bytes';

/** Assigns the log an id if it has none, in the current transaction or in one of its own. */
export function ensureLogId(database: DatabaseSync): void {
  if (readLogFact(database, 'id') !== undefined) return;
  database.exec(LOG_FACTS_SCHEMA);
  writeLogFact(database, 'id', randomUUID());
}

/** Also undefined for a log whose last writer did not know facts. */
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
