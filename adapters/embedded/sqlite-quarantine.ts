import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ErrorCode } from '../../events/errors.ts';
import {
  type Door,
  keptTextOf,
  type Quarantine,
  type QuarantineEntry,
  type QuarantineReader,
  type Refusal,
} from '../../ports/quarantine.ts';
import type { DurableFile } from './durable-file.ts';
import { openSqlite } from './sqlite.ts';

// `digest` is the SHA-256 of the door and the whole text as it was sent, or its fingerprint if the sender's side gave one. Rows are never deleted: of one that was released
// it stays visible what it was and that it went in.
export const QUARANTINE_SCHEMA = `
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, door TEXT NOT NULL, origin TEXT NOT NULL, code TEXT NOT NULL,
    path TEXT, message TEXT NOT NULL, raw TEXT NOT NULL, truncated INTEGER NOT NULL, correlation TEXT, sequence TEXT,
    at_ms INTEGER NOT NULL, released_ms INTEGER);
  CREATE INDEX quarantine_open ON quarantine (id) WHERE released_ms IS NULL;
`;

/** The quarantine in the log's file, by whose fsync it becomes durable. */
export function openSqliteQuarantine(file: DurableFile, now: () => number = Date.now): Quarantine {
  const put = file.database.prepare(`
    INSERT INTO quarantine (digest, door, origin, code, path, message, raw, truncated, correlation, sequence, at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET
      code = excluded.code, path = excluded.path, message = excluded.message, released_ms = NULL,
      raw = iif(excluded.truncated < truncated, excluded.raw, raw), truncated = min(excluded.truncated, truncated)`);
  const markReleased = file.database.prepare(
    'UPDATE quarantine SET released_ms = ? WHERE id = ? AND released_ms IS NULL',
  );

  return {
    ...quarantineReader(file.database),
    async add(refusals) {
      if (refusals.length === 0) return;
      const atMs = now();
      await file.enqueue(() => {
        for (const refusal of refusals) put.run(...columnsOf(refusal), atMs);
      });
    },
    async release(id) {
      await file.enqueue(() => markReleased.run(now(), id));
    },
  };
}

/** Reads the quarantine beside its writer in this or another process. */
export function openQuarantineReader(path: string): QuarantineReader & { close(): Promise<void> } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
  return { ...quarantineReader(database), close: async () => database.close() };
}

type Columns = [
  digest: Uint8Array,
  door: Door,
  origin: string,
  code: ErrorCode,
  path: string | null,
  message: string,
  raw: string,
  truncated: number,
  correlation: string | null,
  sequence: string | null,
];

function columnsOf(refusal: Refusal): Columns {
  const { door, origin, problem, raw, fingerprint, correlation, sequence } = refusal;
  const { code, path, message } = problem;
  const { text, truncated } = keptTextOf(refusal);
  const digest = hash('sha256', `${door}\n${fingerprint ?? raw}`, 'buffer');
  const flow = correlation === undefined ? null : JSON.stringify(correlation);
  return [digest, door, origin, code, path ?? null, message, text, truncated ? 1 : 0, flow, sequence ?? null];
}

interface Row {
  id: number;
  door: Door;
  origin: string;
  code: ErrorCode;
  path: string | null;
  message: string;
  raw: string;
  truncated: number;
  correlation: string | null;
  sequence: string | null;
  at_ms: number;
}

function quarantineReader(database: DatabaseSync): QuarantineReader {
  const columns = 'id, door, origin, code, path, message, raw, truncated, correlation, sequence, at_ms';
  const open = `SELECT ${columns} FROM quarantine WHERE released_ms IS NULL`;
  const page = database.prepare(`${open} AND id > ? ORDER BY id LIMIT ?`);
  const one = database.prepare(`${open} AND id = ?`);
  const count = database.prepare('SELECT count(*) AS entries FROM quarantine WHERE released_ms IS NULL');
  return {
    list: async ({ after, limit }) => (page.all(after, limit) as unknown as Row[]).map(toEntry),
    async get(id) {
      const row = one.get(id) as Row | undefined;
      return row && toEntry(row);
    },
    count: async () => (count.get() as { entries: number }).entries,
  };
}

function toEntry(row: Row): QuarantineEntry {
  const { id, door, origin, code, path, message, raw, correlation, sequence } = row;
  return {
    id,
    door,
    origin,
    problem: { code, ...(path !== null && { path }), message },
    raw,
    truncated: row.truncated === 1,
    at: new Date(row.at_ms).toISOString(),
    ...(correlation !== null && { correlation: JSON.parse(correlation) }),
    ...(sequence !== null && { sequence }),
  };
}
