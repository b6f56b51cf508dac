import type { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../files/sqlite.ts';

/** Copies the traced steps of the live version, up to a position, into a version that was built beside it: when a step
 *  ran and how long it took is recorded nowhere else. Steps recorded by the build are replaced. */
export function copySteps(fromPath: string, into: DatabaseSync, upTo: number): void {
  const from = openSqlite(fromPath, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 1, autocheckpointMiB: 0 });
  try {
    const columns = 'correlation, position, consumer, at, duration_us, note';
    const rows = from.prepare(`SELECT ${columns} FROM figtree_step WHERE position <= ? ORDER BY step`);
    rows.setReturnArrays(true);
    const add = into.prepare(`INSERT INTO figtree_step (${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
    into.exec('BEGIN IMMEDIATE; DELETE FROM figtree_step');
    for (const row of rows.iterate(upTo)) add.run(...(row as unknown as (string | number | null)[]));
    into.exec('COMMIT');
  } finally {
    if (into.isTransaction) into.exec('ROLLBACK');
    from.close();
  }
}
