import { createStreamRedrive, type StreamRedrive } from '../../consumers/stream/redrive.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { StreamParkedReader } from '../../ports/stream-parking.ts';
import { projectionNamed } from '../projections/registry.ts';
import { handlingParts } from './functions/stream-function.ts';
import type { AwsResources } from './resources.ts';

/** The parked events of a projection's function, and their redrive by the consumers of the live version. */
export interface AwsParked {
  readonly parking: StreamParkedReader;
  openRedrive(): Promise<StreamRedrive>;
}

export function openParked(aws: AwsResources, projection: ProjectionName): AwsParked {
  const parts = handlingParts(aws, projection);
  return {
    parking: parts.parking,
    async openRedrive() {
      const { streamConsumers } = await projectionNamed(projection).aws.load();
      const consumers = streamConsumers(aws)(await aws.versions.now(projection));
      return createStreamRedrive({ ...parts, consumers });
    },
  };
}
