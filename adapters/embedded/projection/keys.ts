import { openSqlite } from '../files/sqlite.ts';

/** The keys of a projection's queries: users of feeds and relationships, names and texts to search for. */
export interface ProjectionKeys {
  count(): number;
  /** Page by page, in a stable order. The key of a text is the whole text. */
  all(): Generator<string, void>;
  close(): void;
}

/** A table with one key per row. */
export interface KeyTable {
  readonly table: string;
  /** A stable number or text that orders the rows. */
  readonly place: string;
  readonly key: string;
  readonly where: string;
}

const PAGE_KEYS = 1000;

export function openProjectionKeys(path: string, tables: readonly KeyTable[]): ProjectionKeys {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 4, autocheckpointMiB: 0 });
  const pages = tables.map(({ table, place, key, where }) => ({
    count: database.prepare(`SELECT count(*) AS count FROM "${table}" WHERE ${where}`),
    page: database.prepare(
      `SELECT ${place} AS place, ${key} AS key FROM "${table}" WHERE ${place} > ? AND ${where} ORDER BY ${place} LIMIT ${PAGE_KEYS}`,
    ),
  }));
  return {
    count: () => pages.reduce((sum, { count }) => sum + (count.get() as { count: number }).count, 0),
    *all() {
      for (const { page } of pages) {
        // Before every text, too.
        let after: number | string = Number.MIN_SAFE_INTEGER;
        for (;;) {
          const rows = page.all(after) as { place: number | string; key: string }[];
          for (const { key } of rows) yield key;
          const last = rows.at(-1);
          if (last === undefined || rows.length < PAGE_KEYS) break;
          after = last.place;
        }
      }
    },
    close: () => database.close(),
  };
}
