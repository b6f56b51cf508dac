import { openDynamoRelationshipStore } from '../../../adapters/aws/dynamo/relationships/store.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import { relationshipConsumers } from '../functions/track-relationships.ts';
import { units } from '../prices/prices-per-million.ts';
import type { AwsProjection } from '../projection.ts';

export const awsRelationships: AwsProjection = {
  streamConsumers: relationshipConsumers,
  rebuildConsumers: (_aws, table) => [trackRelationships(openDynamoRelationshipStore(table))],
  // A user who left had one follow, so dry runs say too little of those with many.
  units: {
    'user-joined': units(1, 1, 2),
    'user-profile-updated': units(1, 1, 2),
    'user-left': units(38, 11, 16),
    followed: units(10, 1, 2),
    unfollowed: units(10, 1, 2),
  },
};
