import { openDynamoRowReader } from '../../../adapters/aws/dynamo/rows/reader.ts';
import { type OpenTableProjection, openRegisteredTables } from '../../../consumers/tables/open-projection.ts';
import { type TableReader, tableReader } from '../../../projections/tables/queries.ts';
import type { RegisteredTables } from '../../../projections/tables/registered-tables.ts';
import { tableRoutes } from '../../server/routes/table-routes.ts';
import { authorizedAccess } from '../http/authorizing.ts';
import { type HttpFunction, httpFunction, openToAll } from '../http/http-function.ts';
import { liveTableReader } from '../http/live-readers.ts';
import { withoutPositions } from '../http/without-positions.ts';
import { perVersion } from '../per-version.ts';
import { requireKeys } from '../required-keys.ts';
import type { AwsResources } from '../resources.ts';

/** The queries of a projection of tables, and its single rows. Those that are not for everyone are behind the
 *  authorizer, without whose result they are refused. */
export async function tableApiFunction(aws: AwsResources, registered: RegisteredTables): Promise<HttpFunction> {
  requireKeys(aws.settings.auth, 'any');
  const projection = await openRegisteredTables(registered);
  const open = (version: string) => openTableReader(aws, projection, version);
  const reader = liveTableReader(perVersion(aws.versions, projection.name, open));
  const serving = { engine: { reader: () => reader, progress: withoutPositions }, access: authorizedAccess };
  return httpFunction({ access: openToAll, log: aws.log, routes: (app) => tableRoutes(projection)(app, serving) });
}

export function openTableReader(
  { projectionTable }: AwsResources,
  { name, described, tables, queries }: OpenTableProjection,
  version: string,
): TableReader {
  return tableReader(queries, tables, openDynamoRowReader(projectionTable(name, version), described.layouts));
}
