import { auditRelationshipTable } from '../../../adapters/aws/dynamo/relationships/audit.ts';
import { profileKey } from '../../../adapters/aws/dynamo/relationships/items.ts';
import { userIn } from '../../../adapters/aws/dynamo/relationships/user-shards.ts';
import { openDynamoRelationshipStore } from '../../../adapters/aws/dynamo/relationships/store.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import { openRelationshipReader } from '../functions/relationship-api.ts';
import { relationshipConsumers } from '../functions/track-relationships.ts';
import { units } from '../prices/units.ts';
import type { AwsProjection } from '../projection.ts';

export const awsRelationships: AwsProjection = {
  streamConsumers: relationshipConsumers,
  rebuildConsumers: (_aws, table) => [trackRelationships(openDynamoRelationshipStore(table))],
  openReader: openRelationshipReader,
  keys: {
    filter: {
      expression: 'sk = :profile AND attribute_exists(joinedAt) AND attribute_not_exists(hasLeft)',
      values: { ':profile': profileKey('').sk },
    },
    keyOf: userIn,
  },
  audit: ({ table }, options) => auditRelationshipTable(table, options),
  // Measured with leavers that have one follow, so dry runs underestimate those with many.
  units: () => ({
    'user-joined': units(1, 1, 2),
    'user-profile-updated': units(1, 1, 2),
    'user-left': units(38, 11, 16),
    followed: units(10, 1, 2),
    unfollowed: units(10, 1, 2),
  }),
};
