import { openProjectionFile, type ProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import { rowAudit } from '../../../adapters/embedded/tables/audit.ts';
import { createRowBuild } from '../../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../../adapters/embedded/tables/reader.ts';
import { keyView, tablesSchema } from '../../../adapters/embedded/tables/schema.ts';
import { openSqliteRowStore, requireDescribed } from '../../../adapters/embedded/tables/store.ts';
import type { RowStore } from '../../../ports/row-store.ts';
import { tableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import type { EmbeddedProjection } from '../projection.ts';

/** A projection of tables in a SQLite file. */
export function embeddedTables(projection: OpenTableProjection, version: number): EmbeddedProjection {
  const { tables, described, forget, queries } = projection;
  const { layouts } = described;
  const schema = tablesSchema(described);
  const consumersOf = (store: RowStore) => [projection.consumer(store)];
  return {
    open(path) {
      const check = (database: ProjectionFile['database']) => requireDescribed(database, described);
      const file = openProjectionFile({ path, version, schema, check });
      return { file, consumers: consumersOf(openSqliteRowStore(file, described, forget)) };
    },
    build() {
      const build = createRowBuild(described, version, forget);
      return { build, consumers: consumersOf(build.rows) };
    },
    openReader({ path }) {
      const rows = openSqliteRowReader(path, layouts);
      return { ...tableReader(queries, tables, rows), close: () => rows.close() };
    },
    audit: rowAudit(layouts),
    // Its queries are usually about the first table.
    keys: layouts
      .slice(0, 1)
      .map(({ name: table }) => ({ table: keyView(table), place: 'key', key: 'key', where: 'TRUE' })),
    explainer: async () => ({ explain: (await import('./explaining.ts')).explainRows(projection) }),
  };
}
