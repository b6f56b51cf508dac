import { addYublRoutes } from '../../server/routes/feed-routes.ts';
import { type HttpFunction, httpFunction, openToAll } from '../http/http-function.ts';
import { requireKeys } from '../required-keys.ts';
import type { AwsResources } from '../resources.ts';
import { withoutPositions } from '../http/without-positions.ts';
import { openFeeds } from './get-feed.ts';

/** GET /yubls/{yublId} and GET /users/{userId}/yubls, public like everything but feeds. */
export function getYublFunction(aws: AwsResources): HttpFunction {
  requireKeys(aws.settings.auth, 'any');
  const engine = { feeds: openFeeds(aws), progress: withoutPositions };
  return httpFunction({ access: openToAll, log: aws.log, routes: (app) => addYublRoutes(app, { engine }) });
}
