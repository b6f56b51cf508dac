import { createStreamRedrive, type StreamRedrive } from '../../consumers/stream/redrive.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { StreamParkedReader } from '../../ports/stream-parking.ts';
import { feedConsumers } from './functions/distribute-yubl.ts';
import { searchConsumers } from './functions/index-search.ts';
import { type ConsumersOf, handlingParts } from './functions/stream-function.ts';
import { relationshipConsumers } from './functions/track-relationships.ts';
import type { AwsResources } from './resources.ts';
import { openSearchEngine } from './search-engine.ts';

/** What the function of a projection has parked, and how it is tried again: by the consumers of the version that is live. */
export interface AwsParked {
  readonly parking: StreamParkedReader;
  openRedrive(): Promise<StreamRedrive>;
}

export function openParked(aws: AwsResources, projection: ProjectionName): AwsParked {
  const parts = handlingParts(aws, projection);
  return {
    parking: parts.parking,
    async openRedrive() {
      const consumers = consumersOf[projection](aws)(await aws.versions.now(projection));
      return createStreamRedrive({ ...parts, consumers });
    },
  };
}

const consumersOf: Readonly<Record<ProjectionName, (aws: AwsResources) => ConsumersOf>> = {
  feed: feedConsumers,
  relationships: relationshipConsumers,
  search: (aws) => searchConsumers(aws, openSearchEngine(aws)),
};
