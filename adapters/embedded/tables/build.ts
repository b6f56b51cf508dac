import type { DescribedTables, ForgetRow, RowStore } from '../../../ports/row-store.ts';
import { type ProjectionBuild, writeBuildFile } from '../build/file.ts';
import { openWaitingRows } from '../build/waiting-rows.ts';
import { quoted, tablesSchema } from './schema.ts';
import { openSqliteRowStore } from './store.ts';

/** The tables in memory, until they are written. */
export function createRowBuild(
  tables: DescribedTables,
  version: number,
  forget: ForgetRow,
): ProjectionBuild & { readonly rows: RowStore } {
  // Only queries need the indexes.
  const layouts = tables.layouts.map((layout) => ({ ...layout, indexes: [] }));
  const waiting = openWaitingRows(tablesSchema({ ...tables, layouts }));
  let flush = (): void => {};
  const rows = openSqliteRowStore(
    { database: waiting.database, onTransaction: (hooks) => void (flush = hooks.flush) },
    { ...tables, layouts },
    forget,
  );
  return {
    rows,
    bytes: waiting.bytes,
    feedEntries: () => 0,
    write(path, position) {
      flush();
      const names = [...layouts.map(({ name }) => quoted(name)), 'figtree_removed', 'figtree_left'];
      const sql = names.map((name) => `INSERT INTO built.${name} SELECT * FROM main.${name}`).join('; ');
      const schema = tablesSchema(tables);
      writeBuildFile(path, position, { version, schema, insert() {}, waiting: { rows: waiting, sql } });
    },
  };
}
