import { openDynamoRowStore } from '../../../adapters/aws/dynamo/rows/store.ts';
import { type OpenTableProjection, openRegisteredTables } from '../../../consumers/tables/open-projection.ts';
import type { StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import type { RegisteredTables } from '../../../projections/tables/registered-tables.ts';
import type { AwsResources } from '../resources.ts';
import { type ConsumersOf, streamFunction } from './stream-function.ts';

/** Kinesis → the table of a projection of tables. */
export async function tableStreamFunction(aws: AwsResources, registered: RegisteredTables): Promise<StreamHandler> {
  return streamFunction(aws, registered.name, tableConsumers(aws, await openRegisteredTables(registered)));
}

export function tableConsumers({ projectionTable }: AwsResources, projection: OpenTableProjection): ConsumersOf {
  const { name, described, forget } = projection;
  return (version) => [projection.consumer(openDynamoRowStore(projectionTable(name, version), described, forget))];
}
