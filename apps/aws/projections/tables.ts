import { auditRowTables } from '../../../adapters/aws/dynamo/rows/audit.ts';
import { partitionIn, partitionKeyPrefix } from '../../../adapters/aws/dynamo/rows/items.ts';
import { openDynamoRowReader } from '../../../adapters/aws/dynamo/rows/reader.ts';
import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { tableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { tableUnits } from '../prices/table-units.ts';
import type { AwsProjection } from '../projection.ts';

/** A projection of tables in one table of DynamoDB per version. */
export async function awsTables(projection: OpenTableProjection): Promise<AwsProjection> {
  const { name, tables, described, forget, queries } = projection;
  const { layouts } = described;
  const consumersOf = (table: DynamoTable) => [projection.consumer(openDynamoRowStore(table, described, forget))];
  return {
    indexes: Math.max(...layouts.map(({ indexes }) => indexes.length)),
    streamConsumers:
      ({ projectionTable }) =>
      (version) =>
        consumersOf(projectionTable(name, version)),
    rebuildConsumers: (_aws, table) => consumersOf(table),
    openReader: ({ projectionTable }, version) =>
      tableReader(queries, tables, openDynamoRowReader(projectionTable(name, version), layouts)),
    keys: {
      filter: {
        expression: 'begins_with(pk, :table) AND attribute_exists(#row)',
        names: { '#row': 'row' },
        values: { ':table': partitionKeyPrefix(layouts[0]?.name ?? '') },
      },
      keyOf: partitionIn,
    },
    audit: ({ table }, options) => auditRowTables(table, layouts, options),
    units: await tableUnits(projection),
  };
}
