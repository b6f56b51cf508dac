import { openDynamoQuarantine } from '../../../adapters/aws/dynamo/quarantine/quarantine.ts';
import { openDynamoStreamParking } from '../../../adapters/aws/dynamo/parking/stream-parking.ts';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { createStreamHandler, type StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { perVersion } from '../per-version.ts';
import type { AwsResources } from '../resources.ts';

/** The consumers of a version of a projection. */
export type ConsumersOf = (version: string) => readonly Consumer[];

/** A function on the stream: passes each batch to the consumers of the live version of a projection. */
export function streamFunction(aws: AwsResources, projection: ProjectionName, consumersOf: ConsumersOf): StreamHandler {
  const parts = { ...handlingParts(aws, projection), quarantine: openDynamoQuarantine(aws.table('quarantine')) };
  const current = perVersion(aws.versions, projection, (version) =>
    createStreamHandler({ ...parts, consumers: consumersOf(version) }),
  );
  return async (batch, context) => (await current())(batch, context);
}

/** Handles events of the stream, and parked ones. */
export function handlingParts(aws: AwsResources, projection: ProjectionName) {
  return {
    parking: openDynamoStreamParking(aws.table('parked'), { scope: projection }),
    upcasters: catalogUpcasters(),
    personal: catalogPersonalWords(),
    logger: aws.log,
  };
}
