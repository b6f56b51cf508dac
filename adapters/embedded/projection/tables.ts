import type { DatabaseSync } from 'node:sqlite';

/** The tables of every projection's file, besides its own. Created first in each file.
 *
 *    figtree_progress   one row: position (the checkpoint), version (of the projection)
 *    figtree_parked     parked events, by position in the log; `range` is the range of its key
 *    figtree_discarded  which of them were discarded
 *    figtree_step       steps of traced flows, the newest STEPS_MAX
 *
 *  A change to these tables raises the versions of all projections: their files are rebuilt. */
export const PROJECTION_TABLES = `
  CREATE TABLE IF NOT EXISTS figtree_progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS figtree_parked (
    position INTEGER PRIMARY KEY, key TEXT NOT NULL, range INTEGER NOT NULL, event TEXT NOT NULL, consumer TEXT,
    attempts INTEGER NOT NULL, code TEXT, error TEXT, parked_at_ms INTEGER NOT NULL, retry_at_ms INTEGER);
  CREATE INDEX IF NOT EXISTS figtree_parked_key ON figtree_parked (key, position);
  CREATE INDEX IF NOT EXISTS figtree_parked_range ON figtree_parked (range, position);
  CREATE INDEX IF NOT EXISTS figtree_parked_event ON figtree_parked (event, position);
  CREATE INDEX IF NOT EXISTS figtree_parked_failed ON figtree_parked (consumer, key) WHERE consumer IS NOT NULL;
  CREATE INDEX IF NOT EXISTS figtree_parked_retry ON figtree_parked (retry_at_ms) WHERE retry_at_ms IS NOT NULL;
  CREATE TABLE IF NOT EXISTS figtree_discarded (
    position INTEGER PRIMARY KEY, key TEXT NOT NULL, event TEXT NOT NULL, consumer TEXT, attempts INTEGER NOT NULL,
    code TEXT, error TEXT, parked_at_ms INTEGER NOT NULL, discarded_at_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS figtree_step (
    step INTEGER PRIMARY KEY, correlation TEXT NOT NULL, position INTEGER NOT NULL, consumer TEXT NOT NULL,
    at TEXT NOT NULL, duration_us INTEGER NOT NULL, note TEXT);
  CREATE INDEX IF NOT EXISTS figtree_step_flow ON figtree_step (correlation, position);
`;

/** Initializes the progress of a file that has these tables and no progress yet. */
export function beginProgress(database: DatabaseSync, { position, version }: { position: number; version: number }) {
  database
    .prepare('INSERT OR IGNORE INTO figtree_progress (one, position, version) VALUES (1, ?, ?)')
    .run(position, version);
}
