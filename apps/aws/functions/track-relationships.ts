import { openDynamoRelationshipStore } from '../../../adapters/aws/dynamo/relationships/store.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import type { StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import type { AwsResources } from '../resources.ts';
import { type ConsumersOf, streamFunction } from './stream-function.ts';

/** Kinesis → the relationships table. */
export function trackRelationshipsFunction(aws: AwsResources): StreamHandler {
  return streamFunction(aws, 'relationships', relationshipConsumers(aws));
}

export function relationshipConsumers({ projectionTable }: AwsResources): ConsumersOf {
  return (version) => [trackRelationships(openDynamoRelationshipStore(projectionTable('relationships', version)))];
}
