import type { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../files/sqlite.ts';

/** Gives a version that was built beside the live one the traced steps that the live one has noted up to a position: when
 *  something was done and how long it took is known to nobody else. What the build noted itself is not kept. */
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
