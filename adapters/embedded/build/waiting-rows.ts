import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, PAGE_BYTES } from '../files/sqlite.ts';

/** Rows that wait in memory, in tables of SQLite: as objects the garbage collector would copy them again and again. */
export interface WaitingRows {
  readonly database: DatabaseSync;
  bytes(): number;
  /** Copies them by SQL from `main` to `built`, the file at the path, which nothing else has open. Then they are gone. */
  moveTo(path: string, sql: string): void;
}

export function openWaitingRows(schema: string): WaitingRows {
  const database = openDatabase(':memory:');
  // One transaction, because one for each row takes longer than the row.
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = OFF; ${schema}; BEGIN`);
  const pageCount = database.prepare('PRAGMA page_count');
  return {
    database,
    bytes: () => Number(pageCount.get()?.['page_count']) * PAGE_BYTES,
    moveTo(path, sql) {
      try {
        database.exec('COMMIT');
        database.prepare('ATTACH ? AS built').run(resolve(path));
        database.exec(`PRAGMA built.journal_mode = OFF; PRAGMA built.synchronous = OFF;
          PRAGMA built.cache_size = -16384; PRAGMA temp_store = MEMORY; BEGIN; ${sql}; COMMIT`);
      } finally {
        database.close();
      }
    },
  };
}
