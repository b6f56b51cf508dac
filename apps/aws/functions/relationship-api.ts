import { openDynamoRelationshipReader } from '../../../adapters/aws/dynamo/relationships/reader.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import { addUserRoutes } from '../../server/routes/user-routes.ts';
import { type HttpFunction, httpFunction, openToAll } from '../http/http-function.ts';
import { liveRelationshipReader } from '../http/live-readers.ts';
import { perVersion } from '../per-version.ts';
import { requireKeys } from '../required-keys.ts';
import type { AwsResources } from '../resources.ts';
import { withoutPositions } from '../http/without-positions.ts';
import { openFeeds } from './get-feed.ts';

/** GET /users/{userId}, and its /followers, /following and /following/{otherId}. */
export function relationshipApiFunction(aws: AwsResources): HttpFunction {
  requireKeys(aws.settings.auth, 'any');
  const engine = { relationships: openRelationships(aws), feeds: openFeeds(aws), progress: withoutPositions };
  return httpFunction({ access: openToAll, log: aws.log, routes: (app) => addUserRoutes(app, { engine }) });
}

export function openRelationships(aws: AwsResources): RelationshipReader {
  const open = (version: string) => openRelationshipReader(aws, version);
  return liveRelationshipReader(perVersion(aws.versions, 'relationships', open));
}

export function openRelationshipReader({ projectionTable }: AwsResources, version: string): RelationshipReader {
  return openDynamoRelationshipReader(projectionTable('relationships', version));
}
