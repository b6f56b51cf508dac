import type { Consumer } from '../../consumers/runtime/consumer.ts';
import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { ConsumersOf } from './functions/stream-function.ts';
import type { Units } from './prices/prices-per-million.ts';
import type { AwsResources } from './resources.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** How a projection is written on AWS. Each version of it has a table. */
export interface AwsProjection {
  /** The consumers of a version, as its function on the stream runs them. */
  streamConsumers(aws: AwsResources): ConsumersOf;
  /** The same for a rebuild, where all they do stays in the table of the version. */
  rebuildConsumers(aws: AwsResources, table: DynamoTable, version: string): readonly Consumer[];
  /** Makes what a version needs besides its table, also if it is there already. */
  create?(aws: AwsResources, version: string): Promise<void>;
  /** What an event takes of DynamoDB by itself. A type that it does not want is absent. */
  readonly units: UnitsByType;
  /** What events take besides, depending on those before them. */
  furtherCost?(settings: AwsResources['settings']): FurtherCost;
}

export type UnitsByType = Partial<Readonly<Record<EventType, Units>>>;

export interface FurtherCost {
  count(event: HandledEvent): void;
  counted(): { readonly feedEntries: number; readonly units: readonly CountedUnits[] };
}

/** So many times these units. A negative count takes away what was counted by type. */
export type CountedUnits = readonly [Units, number];
