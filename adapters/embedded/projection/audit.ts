import { createHash, type Hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { openSqlite, storageError } from '../files/sqlite.ts';

/** The findings in a projection's file: counts of its contents, broken invariants (none if all is well), and a digest
 *  of what readers would answer. Two files of one history have the same digest, whatever numbers and order their rows
 *  have. */
export interface Audit {
  readonly position: number;
  readonly parked: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
  readonly digest: string;
}

/** The arguments of a projection's own audit. */
export interface AuditedFile {
  readonly database: DatabaseSync;
  /** False if it is only to be compared with another file: the digest, and whatever a digest cannot cover. */
  readonly thorough: boolean;
  count(sql: string): number;
  /** Reports a broken invariant if `sql` counts anything. */
  expectNone(sql: string, wrong: string): void;
  /** Adds all rows of a select to the digest. `select` returns one text per row, in an order that depends on the
   *  content alone. */
  digest(name: string, select: string): void;
  noteBroken(wrong: string): void;
}

export type ProjectionAudit = (file: AuditedFile) => Readonly<Record<string, number>>;

/** Audits a projection's file at one moment, beside its writer. Not `thorough`: for a comparison with another file, by
 *  its digest and by broken invariants that it does not cover. */
export function auditFile(path: string, audit: ProjectionAudit, thorough = true): Audit {
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 32, autocheckpointMiB: 0 });
    database.exec('BEGIN');
    const file = auditedFile(database, thorough);
    const { position, parked } = database
      .prepare('SELECT position, (SELECT count(*) FROM figtree_parked) AS parked FROM figtree_progress')
      .get() as { position: number; parked: number };
    const counts = audit(file);
    return { position, parked, counts, broken: file.broken, digest: file.hash.digest('hex').slice(0, DIGEST_LENGTH) };
  } catch (error) {
    throw storageError(error, path);
  } finally {
    database?.close();
  }
}

const DIGEST_LENGTH = 32;
function auditedFile(
  database: DatabaseSync,
  thorough: boolean,
): AuditedFile & { readonly broken: string[]; readonly hash: Hash } {
  const hash = createHash('sha256');
  const broken: string[] = [];
  const count = (sql: string) => (database.prepare(`SELECT (${sql}) AS found`).get() as { found: number }).found;
  return {
    database,
    thorough,
    broken,
    hash,
    count,
    noteBroken: (wrong) => void broken.push(wrong),
    expectNone(sql, wrong) {
      const found = thorough ? count(sql) : 0;
      if (found > 0) broken.push(`${wrong}: ${found}`);
    },
    digest(name, select) {
      hash.update(`${name}\n`);
      for (const lines of inParts(database, select)) hash.update(`${lines}\n`);
      hash.update('\n');
    },
  };
}

// Joining rows in SQLite is twice as fast as reading each of them, and holds all of them in memory.
const JOINED_FILE_BYTES_MAX = 512 * 1024 * 1024;
const ROWS_TOGETHER = 4096;

/** The rows of a select of one text each, as lines, in one part or in several. */
function* inParts(database: DatabaseSync, select: string): Generator<string> {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number };
  if (bytes <= JOINED_FILE_BYTES_MAX) {
    const joined = `WITH line (text) AS (${select}) SELECT group_concat(text, char(10)) AS lines FROM line`;
    const { lines } = database.prepare(joined).get() as { lines: string | null };
    if (lines !== null) yield lines;
    return;
  }
  const rows = database.prepare(select);
  rows.setReturnArrays(true);
  let together: unknown[] = [];
  for (const row of rows.iterate() as Iterable<unknown>) {
    together.push((row as unknown[])[0]);
    if (together.length < ROWS_TOGETHER) continue;
    yield together.join('\n');
    together = [];
  }
  if (together.length > 0) yield together.join('\n');
}
