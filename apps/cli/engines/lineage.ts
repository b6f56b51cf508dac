import type { Subscription } from '../../../schema-registry/check/subscriber-check.ts';
import type { Lineage } from '../../../schema-registry/documents/lineage.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { consumerSubscriptions } from '../../embedded/catalog/consumer-lineage.ts';
import { deriveLineage } from '../../embedded/catalog/lineage.ts';

/** Who publishes and who reads each event of the catalog, found by running the consumers with the stores of the embedded
 *  engine. Takes about a second. */
export function currentLineage(): Promise<Lineage> {
  return deriveLineage(currentCode);
}

/** The subscriptions of the projections' consumers. Opens every projection in a temporary folder. */
export function currentSubscriptions(): Promise<Subscription[]> {
  return consumerSubscriptions();
}
