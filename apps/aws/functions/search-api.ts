import type { SearchReader } from '../../../ports/search-reader.ts';
import { searchReader } from '../../../projections/search/search-queries.ts';
import { addSearchRoutes } from '../../server/routes/search-routes.ts';
import { type HttpFunction, httpFunction, openToAll } from '../http/http-function.ts';
import { liveSearchReader } from '../http/live-readers.ts';
import { perVersion } from '../per-version.ts';
import { requireKeys } from '../required-keys.ts';
import type { AwsResources } from '../resources.ts';
import { openSearchEngine } from '../search-engine.ts';
import { withoutPositions } from '../http/without-positions.ts';

/** GET /search/users and GET /search/yubls. */
export function searchApiFunction(aws: AwsResources): HttpFunction {
  requireKeys(aws.settings.auth, 'any');
  const engine = { search: openSearch(aws), progress: withoutPositions };
  return httpFunction({ access: openToAll, log: aws.log, routes: (app) => addSearchRoutes(app, { engine }) });
}

export function openSearch(aws: AwsResources): SearchReader {
  const engine = openSearchEngine(aws);
  return liveSearchReader(perVersion(aws.versions, 'search', (version) => openSearchReader(aws, version, engine)));
}

export function openSearchReader(aws: AwsResources, version: string, engine = openSearchEngine(aws)): SearchReader {
  return searchReader(engine.reader(version, aws.projectionTable('search', version)));
}
