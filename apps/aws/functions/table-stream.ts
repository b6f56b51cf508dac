import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import { type OpenTableProjection, openRegisteredTables } from '../../../consumers/tables/open-projection.ts';
import type { StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import type { ParseSettings } from '../../../projections/tables/effects.ts';
import type { RegisteredTables } from '../../../projections/tables/registered-tables.ts';
import { parseVariables } from '../../config.ts';
import type { AwsResources } from '../resources.ts';
import { type ConsumersOf, streamFunction } from './stream-function.ts';

/** Kinesis → the table of a projection of tables. */
export async function tableStreamFunction(aws: AwsResources, registered: RegisteredTables): Promise<StreamHandler> {
  return streamFunction(aws, registered.name, tableConsumers(aws, await openRegisteredTables(registered)));
}

export function tableConsumers(aws: AwsResources, projection: OpenTableProjection): ConsumersOf {
  const { projectionTable, settings } = aws;
  const { name, described, forget } = projection;
  const parse: ParseSettings = (schema) => parseVariables(schema, settings.further);
  return (version) =>
    projection.consumers(openDynamoRowStore(projectionTable(name, version), described, forget), parse);
}
