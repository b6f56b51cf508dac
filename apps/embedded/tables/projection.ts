import { openProjectionFile, type ProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import { rowAudit } from '../../../adapters/embedded/tables/audit.ts';
import { createRowBuild } from '../../../adapters/embedded/tables/build.ts';
import { openSqliteRowReader } from '../../../adapters/embedded/tables/reader.ts';
import { keyView, tablesSchema } from '../../../adapters/embedded/tables/schema.ts';
import { openSqliteRowStore, requireDescribed } from '../../../adapters/embedded/tables/store.ts';
import type { ParseSettings } from '../../../projections/tables/effects.ts';
import { tableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { parseVariables } from '../../config.ts';
import type { EmbeddedProjection } from '../projection.ts';

/** A projection of tables in a SQLite file. */
export function embeddedTables(projection: OpenTableProjection, version: number): EmbeddedProjection {
  const { tables, described, forget, queries, keyTable } = projection;
  const { layouts } = described;
  const schema = tablesSchema(described);
  return {
    open(path, _tracer, { further = {} }) {
      const check = (database: ProjectionFile['database']) => requireDescribed(database, described);
      const file = openProjectionFile({ path, version, schema, check });
      const parse: ParseSettings = (settings) => parseVariables(settings, further);
      return { file, consumers: projection.consumers(openSqliteRowStore(file, described, forget), parse) };
    },
    build() {
      const build = createRowBuild(described, version, forget);
      // A build is a replay.
      return { build, consumers: [projection.consumer(build.rows)] };
    },
    openReader({ path }) {
      const rows = openSqliteRowReader(path, layouts);
      return { ...tableReader(queries, tables, rows), close: () => rows.close() };
    },
    audit: rowAudit(layouts),
    keys: [{ table: keyView(keyTable.layout.name), place: 'key', key: 'key', where: 'TRUE' }],
    explainer: async () => ({ explain: (await import('./explaining.ts')).explainRows(projection) }),
  };
}
