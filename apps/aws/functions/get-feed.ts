import { openDynamoFeedReader } from '../../../adapters/aws/dynamo/feed/reader.ts';
import type { FeedReader } from '../../../ports/feed-reader.ts';
import { addFeedRoutes } from '../../server/routes/feed-routes.ts';
import { authorizedAccess } from '../http/authorizing.ts';
import { type HttpFunction, httpFunction } from '../http/http-function.ts';
import { liveFeedReader } from '../http/live-readers.ts';
import { requireKeys } from '../required-keys.ts';
import { perVersion } from '../per-version.ts';
import type { AwsResources } from '../resources.ts';
import { withoutPositions } from '../http/without-positions.ts';

/** GET /feeds/{userId}, behind the authorizer. */
export function getFeedFunction(aws: AwsResources): HttpFunction {
  requireKeys(aws.settings.auth, 'any');
  const engine = { feeds: openFeeds(aws), progress: withoutPositions };
  const access = authorizedAccess;
  return httpFunction({ access, log: aws.log, routes: (app) => addFeedRoutes(app, { engine, access }) });
}

export function openFeeds(aws: AwsResources): FeedReader {
  return liveFeedReader(perVersion(aws.versions, 'feed', (version) => openFeedReader(aws, version)));
}

export function openFeedReader({ projectionTable, settings }: AwsResources, version: string): FeedReader {
  return openDynamoFeedReader(projectionTable('feed', version), { feedLength: settings.feedLength });
}
