import type { Row, RowReader, TableLayout } from '../../../ports/row-store.ts';
import { openSqlite } from '../files/sqlite.ts';
import { quoted, rowOf } from './schema.ts';
import { keyValues, openRowLists, whereKey } from './statements.ts';

/** Opens the tables for reading, beside their writer in this or another process, which must have created them. */
export function openSqliteRowReader(path: string, layouts: readonly TableLayout[]): RowReader & { close(): void } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'NORMAL', cacheMiB: 8, autocheckpointMiB: 0 });
  try {
    const tables = new Map(
      layouts.map((layout) => {
        const get = database.prepare(`SELECT * FROM ${quoted(layout.name)} WHERE ${whereKey(layout)}`);
        return [layout.name, { layout, get, list: openRowLists(database, layout) }] as const;
      }),
    );
    const tableNamed = (name: string) => {
      const found = tables.get(name);
      if (found === undefined) throw new Error(`there is no table ${name}`);
      return found;
    };
    return {
      async row(key) {
        const { layout, get } = tableNamed(key.table);
        const found = get.get(...keyValues(key));
        return found === undefined ? undefined : (rowOf(found, layout.columns) satisfies Row);
      },
      rows: async (table, query) => tableNamed(table).list(query),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
