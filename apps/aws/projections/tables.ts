import { auditRowTables } from '../../../adapters/aws/dynamo/rows/audit.ts';
import { partitionIn, partitionKeyPrefix } from '../../../adapters/aws/dynamo/rows/items.ts';
import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { openTableReader } from '../functions/table-api.ts';
import { tableConsumers } from '../functions/table-stream.ts';
import type { AwsProjection } from '../projection.ts';

/** A projection of tables in one table of DynamoDB per version. */
export function awsTables(projection: OpenTableProjection): AwsProjection {
  const { described, forget, keyTable } = projection;
  const { layouts } = described;
  return {
    indexes: Math.max(...layouts.map(({ indexes }) => indexes.length)),
    streamConsumers: (aws) => tableConsumers(aws, projection),
    rebuildConsumers: (_aws, table) => [projection.consumer(openDynamoRowStore(table, described, forget))],
    openReader: (aws, version) => openTableReader(aws, projection, version),
    keys: {
      filter: {
        expression: 'begins_with(pk, :table) AND attribute_exists(#row)',
        names: { '#row': 'row' },
        values: { ':table': partitionKeyPrefix(keyTable.layout.name) },
      },
      keyOf: partitionIn,
    },
    audit: ({ table }, options) => auditRowTables(table, layouts, options),
    units: async () => (await import('../prices/table-units.ts')).tableUnits(projection),
  };
}
