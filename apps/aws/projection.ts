import type { Consumer } from '../../consumers/runtime/consumer.ts';
import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { ConsumersOf } from './functions/stream-function.ts';
import type { Units } from './prices/prices-per-million.ts';
import type { AwsResources } from './resources.ts';
import type { Condition, DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';
import type { Item } from '../../adapters/aws/dynamo/item.ts';
import type { TableAudit } from '../../adapters/aws/dynamo/table-audit.ts';

/** How a projection is written on AWS. Each version of it has a table. */
export interface AwsProjection {
  /** The consumers of a version, as its function on the stream runs them. */
  streamConsumers(aws: AwsResources): ConsumersOf;
  /** The same for a rebuild, where all they do stays in the table of the version. */
  rebuildConsumers(aws: AwsResources, table: DynamoTable, version: string): readonly Consumer[];
  /** Makes what a version needs besides its table, also if it is there already. */
  create?(aws: AwsResources, version: string): Promise<void>;
  /** What answers from a version. */
  openReader(aws: AwsResources, version: string): object;
  /** What it can be asked for. */
  readonly keys: TableKeys;
  /** Looks through a version before it goes live, while nothing writes it: counts what is there and notes what cannot be. */
  audit(aws: AwsResources, table: DynamoTable, version: string): Promise<TableAudit>;
  /** What an event takes of DynamoDB by itself. A type that it does not want is absent. */
  readonly units: UnitsByType;
  /** What events take besides, depending on those before them. */
  furtherCost?(settings: AwsResources['settings']): FurtherCost;
}

export interface TableKeys {
  /** The items that say a key. */
  readonly filter: Condition;
  keyOf(item: Item): string;
}

export type UnitsByType = Partial<Readonly<Record<EventType, Units>>>;

export interface FurtherCost {
  count(event: HandledEvent): void;
  counted(): { readonly feedEntries: number; readonly units: readonly CountedUnits[] };
}

/** So many times these units. A negative count takes away what was counted by type. */
export type CountedUnits = readonly [Units, number];
