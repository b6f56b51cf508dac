import type { Consumer } from '../../consumers/runtime/consumer.ts';
import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { ConsumersOf } from './functions/stream-function.ts';
import type { Units } from './prices/units.ts';
import type { AwsResources } from './resources.ts';
import type { Condition, DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';
import type { Item } from '../../adapters/aws/dynamo/item.ts';
import type { AuditOptions, TableAudit } from '../../adapters/aws/dynamo/table-audit.ts';

/** The parts of a projection on AWS. Each version of it has a table. */
export interface AwsProjection {
  /** The consumers of a version, for its function on the stream. */
  streamConsumers(aws: AwsResources): ConsumersOf;
  /** The same for a rebuild, where all effects stay in the table of the version. */
  rebuildConsumers(aws: AwsResources, table: DynamoTable, version: string): readonly Consumer[];
  /** The number of indexes of its table. Default: none. */
  readonly indexes?: number;
  /** Creates what a version needs besides its table, unless it exists. */
  create?(aws: AwsResources, version: string): Promise<void>;
  /** What answers from a version. */
  openReader(aws: AwsResources, version: string): object;
  /** What it can be asked for. */
  readonly keys: TableKeys;
  /** Looks through a version before it goes live, while nothing writes it: counts what is there and notes what cannot be. */
  audit(tables: AuditedTables, options: Omit<AuditOptions, 'seed'>): Promise<TableAudit>;
  /** Why a version that is not live cannot be compared with another system in this installation; undefined if it can. */
  incomparable?(aws: AwsResources): string | undefined;
  /** Units of DynamoDB per event, for estimates. Types that it does not handle are absent. */
  units(): UnitsByType | Promise<UnitsByType>;
  /** Additional units that depend on earlier events. */
  furtherCost?(settings: AwsResources['settings']): FurtherCost;
}

export interface AuditedTables {
  readonly aws: AwsResources;
  readonly table: DynamoTable;
  readonly version: string;
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

/** A number of times these units. A negative count corrects what was counted by type. */
export type CountedUnits = readonly [Units, number];
