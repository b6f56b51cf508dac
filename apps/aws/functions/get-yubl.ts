import { addYublRoutes } from '../../server/routes/feed-routes.ts';
import { authorizedAccess } from '../http/authorizing.ts';
import { type HttpFunction, httpFunction } from '../http/http-function.ts';
import type { AwsResources } from '../resources.ts';
import { withoutPositions } from '../http/without-positions.ts';
import { openFeeds } from './get-feed.ts';

/** GET /yubls/{yublId} and GET /users/{userId}/yubls, behind the authorizer. */
export function getYublFunction(aws: AwsResources): HttpFunction {
  const engine = { feeds: openFeeds(aws), progress: withoutPositions };
  return httpFunction({ access: authorizedAccess, log: aws.log, routes: (app) => addYublRoutes(app, { engine }) });
}
